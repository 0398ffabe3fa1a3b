import { z } from 'zod'
import { idSchema, type Limits } from '../types/messages.ts'

/**
 * The version of the wire, with its history. A change that an old peer can't live with gets a new number;
 * added fields and kinds don't. `schemaHash.test.ts` fails when the schemas change, so that the choice is made knowingly.
 *
 * - 1: the first published protocol.
 */
export const PROTOCOL_VERSION = 1

/** The oldest peer that is still served. Raising it locks people out: only with a fault that can't be cured otherwise. */
export const OLDEST_PROTOCOL = 1

export function speaks(protocol: number): boolean {
  return protocol >= OLDEST_PROTOCOL && protocol <= PROTOCOL_VERSION
}

/** Two engines on one HTTP server: origin rules and size limits belong to the engine, not to a namespace. */
export const BROWSER_PATH = '/socket.io'
export const AGENT_PATH = '/agent.io'

/** `auth` of the browser path: a one-use ticket bought with the session cookie, or a token where there is no browser. */
export const browserHandshakeSchema = z.union([
  z.object({ ticket: z.string().min(1).max(200) }),
  z.object({ token: z.string().min(1).max(200) }),
])
export type BrowserHandshake = z.infer<typeof browserHandshakeSchema>

/** `auth` of the agent path. `connNo` grows with every attempt and is stored before dialling. */
export const agentHandshakeSchema = z.object({
  token: z.string().min(1).max(200),
  agentId: idSchema,
  connNo: z.int().positive(),
  protocol: z.int(),
})
export type AgentHandshake = z.infer<typeof agentHandshakeSchema>

/** Who hears what. */
export const projectRoom = (projectId: string): string => `project:${projectId}`
export const sessionRoom = (sessionId: string): string => `session:${sessionId}`

// --- Limits ---------------------------------------------------------------------------------------------------------

const KIB = 1024

/** The longest prompt, in UTF-8 bytes. */
export const MAX_COMMAND_BYTES = 256 * KIB
/** The longest body of any other input, in UTF-8 bytes. An edited tool input travels back in one. */
export const MAX_INPUT_BYTES = 256 * KIB
/** The longest body of a response, in UTF-8 bytes; the agent cuts longer tool output and says how much there was. */
export const MAX_RESPONSE_BYTES = 1024 * KIB
/** The most that one `command_response` message holds together, in UTF-8 bytes of bodies. */
export const MAX_RESPONSES_BYTES = 2 * MAX_RESPONSE_BYTES
/** What the engines refuse to read at all. JSON may double a body, and a refusal there closes the socket. */
export const BROWSER_FRAME_BYTES = 1024 * KIB
export const AGENT_FRAME_BYTES = 8 * 1024 * KIB
/** The most entries of one page. */
export const MAX_PAGE_ENTRIES = 500
/** The most bytes of bodies in one page (at least one entry is always given). */
export const MAX_PAGE_BYTES = 4 * 1024 * KIB
/** Commands of one session that may wait at once. */
export const MAX_WAITING_COMMANDS = 100

export const LIMITS: Limits = {
  commandBytes: MAX_COMMAND_BYTES,
  inputBytes: MAX_INPUT_BYTES,
  pageEntries: MAX_PAGE_ENTRIES,
}

/** A command that waited longer for its agent is handed over only when a person says again that it is wanted (CMD2). */
export const CONFIRM_AFTER_MS = 60 * 60_000

// --- Timeouts, in milliseconds --------------------------------------------------------------------------------------

/** A half-open link is noticed within 20 s by both ends. */
export const PING_INTERVAL_MS = 10_000
export const PING_TIMEOUT_MS = 8_000
/** A lost tail shows within one period. */
export const HEADS_INTERVAL_MS = 5_000
/** How long a sender waits for an acknowledgement before it asks again with the same id. */
export const ACK_TIMEOUT_MS = 10_000
/** How long the relay waits for the agent's answer to `agent_request`. */
export const AGENT_REQUEST_TIMEOUT_MS = 15_000
/** A connection that has not proved itself by then is closed. */
export const AUTH_TIMEOUT_MS = 5_000
/** Reconnecting: full jitter from the base, doubling to the cap, for ever. */
export const RECONNECT_BASE_MS = 250
export const RECONNECT_CAP_MS = 15_000

/** The next wait of a reconnect loop. `random` is in [0, 1). */
export function reconnectDelay(attempt: number, random: number): number {
  const ceiling = Math.min(RECONNECT_CAP_MS, RECONNECT_BASE_MS * 2 ** Math.min(attempt, 16))
  return Math.round(ceiling * random)
}
