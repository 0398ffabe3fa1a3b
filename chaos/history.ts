import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import type { Entry } from '@farhand/shared'
import { z } from 'zod'

/**
 * What happened, as those saw it who were outside: one JSON document a line, `t` in milliseconds of the monotonic clock
 * of this machine (so that files of several processes can be laid side by side).
 */

const at = { t: z.number() }
const who = { who: z.string(), sessionId: z.string() }

/** An entry as an observer applied it. Bodies of texts are kept whole, all others as a hash. */
const seenSchema = z.object({
  seq: z.int().positive(),
  prev: z.int().nonnegative(),
  commandId: z.string(),
  kind: z.string(),
  key: z.string().optional(),
  final: z.boolean().optional(),
  status: z.string(),
  code: z.string().optional(),
  hash: z.string(),
  text: z.string().optional(),
})
export type Seen = z.infer<typeof seenSchema>

/** What a commander or decider means to say; it is on its disk before it is sent. */
const intentSchema = z.object({
  id: z.string(),
  sessionId: z.string(),
  kind: z.enum(['command', 'cancel', 'decision', 'confirm']),
  /** A command's text; the command or the request that the others are about. */
  about: z.string(),
  /** Of the entry that says that a command is held: what is confirmed. */
  key: z.string().optional(),
  digest: z.string().optional(),
  behavior: z.enum(['allow', 'deny']).optional(),
  /** A command with a limit gets a process of its own, so there is time between its acceptance and its beginning. */
  ownProcess: z.boolean().optional(),
})
export type Intent = z.infer<typeof intentSchema>

export const recordSchema = z.discriminatedUnion('ev', [
  z.object({ ...at, ev: z.literal('run'), seed: z.number(), minutes: z.number() }),
  /** The first attempt; repeats of it are not told. */
  z.object({ ...at, ev: z.literal('send'), who: z.string(), intent: intentSchema }),
  z.object({ ...at, ev: z.literal('acked'), ...who, id: z.string(), seq: z.int() }),
  z.object({ ...at, ev: z.literal('refused'), ...who, id: z.string(), code: z.string() }),
  /** Not now, but the same may be said again: it stays in the outbox. */
  z.object({ ...at, ev: z.literal('putOff'), ...who, id: z.string(), code: z.string() }),
  z.object({ ...at, ev: z.literal('reset'), ...who, from: z.int(), logEpoch: z.string().optional() }),
  z.object({ ...at, ev: z.literal('applied'), ...who, entries: z.array(seenSchema) }),
  /** Where an observer stands when everything has come to rest. */
  z.object({ ...at, ev: z.literal('settled'), ...who, cursor: z.int(), phase: z.string() }),
  /** From now on (and one second more) this observer must not be told anything. */
  z.object({ ...at, ev: z.literal('revoked'), who: z.string() }),
  /** A copy of the relay's store was made; it was put back in the place of the store. */
  z.object({ ...at, ev: z.literal('copied') }),
  z.object({ ...at, ev: z.literal('restored') }),
  /** The model was asked for the first answer to a prompt: the command is being executed. */
  z.object({ ...at, ev: z.literal('asked'), prompt: z.string() }),
  /** How often a command left its trace on the disk, read when everything has come to rest. */
  z.object({ ...at, ev: z.literal('trace'), prompt: z.string(), executions: z.int() }),
  /** On which machine a session is; on the first where it is not said. */
  z.object({ ...at, ev: z.literal('place'), sessionId: z.string(), machine: z.int() }),
  /** `ready`: the agent is connected, the relay listens. `gone`: its process ended without being told to. */
  z.object({
    ...at,
    ev: z.literal('tier'),
    tier: z.enum(['relay', 'agent']),
    /** The agent's; the only one where it is not said. */
    machine: z.int().optional(),
    what: z.enum(['ready', 'disconnected', 'killed', 'stopped', 'gone']),
  }),
  z.object({ ...at, ev: z.literal('fault'), what: z.string() }),
])
export type HistoryRecord = z.infer<typeof recordSchema>
type Untimed<T> = T extends { t: number } ? Omit<T, 't'> : never

export type History = { write(record: Untimed<HistoryRecord>): void; close(): void }

/** Writes at once: what was seen before the harness itself dies is on the file. */
export function openHistory(path: string): History {
  const file = openSync(path, 'a')
  let closed = false
  return {
    write(record) {
      if (!closed) writeSync(file, `${JSON.stringify({ t: monotonicMs(), ...record })}\n`)
    },
    close() {
      if (!closed) closeSync(file)
      closed = true
    },
  }
}

/** The records of one or more files in the order of their time. @throws ZodError at a line that is none */
export function readHistory(paths: readonly string[]): HistoryRecord[] {
  const lines = paths.flatMap((path) => readFileSync(path, 'utf8').split('\n'))
  return lines
    .filter((line) => line !== '')
    .map((line) => recordSchema.parse(JSON.parse(line)))
    .sort((a, b) => a.t - b.t)
}

export function asSeen(entry: Entry): Seen {
  const { seq, prev, commandId, kind, key, final, status, code, response } = entry
  return {
    seq,
    prev,
    commandId,
    kind,
    ...(key === undefined ? {} : { key }),
    ...(final === undefined ? {} : { final }),
    status,
    ...(code === undefined ? {} : { code }),
    hash: hashOf(response),
    ...(kind === 'text' ? { text: response } : {}),
  }
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000
}
