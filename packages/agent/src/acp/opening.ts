import { PROTOCOL_VERSION, RequestError, type ClientContext } from '@agentclientprotocol/sdk'
import { FarhandError } from '@farhand/shared'
import type { z } from 'zod'
import { AGENT_VERSION } from '../version.ts'
import { initializedSchema, sessionOpenedSchema, type Initialized, type SessionOpened } from './messages.ts'

/** How a conversation with an ACP agent begins. */

/** Starting may take a while, with a package manager in front even more. */
export const INITIALIZE_MS = 60_000

/**
 * What this side can do, which is little on purpose: an agent reads and writes files and runs commands by itself, with the
 * rights that it was started with, and asks before. Did it do so through us, we would be a second way to the files, past
 * the agent's own rules and with no question asked.
 */
const CLIENT_CAPABILITIES = {
  fs: { readTextFile: false, writeTextFile: false },
  terminal: false,
  session: { notices: {}, compaction: {} },
}

/** @throws FarhandError `ACP_PROTOCOL`, `ACP_AUTH`, `ACP_EXIT`; another error where the agent is gone */
export async function initialize(agent: ClientContext, waitMs: number): Promise<Initialized> {
  const answer = await inTime(waitMs, (cancellationSignal) =>
    agent.request(
      'initialize',
      {
        protocolVersion: PROTOCOL_VERSION,
        clientCapabilities: CLIENT_CAPABILITIES,
        clientInfo: { name: 'farhand', title: 'Farhand', version: AGENT_VERSION },
      },
      { cancellationSignal, stopWaitingOnCancel: true },
    ),
  )
  const initialized = initializedSchema.safeParse(answer).data
  if (initialized === undefined) throw new FarhandError('ACP_PROTOCOL', NOT_ACP)
  const { protocolVersion } = initialized
  if (protocolVersion === PROTOCOL_VERSION) return initialized
  const versions = `It speaks version ${protocolVersion} of the Agent Client Protocol, and Farhand version ${PROTOCOL_VERSION}.`
  throw new FarhandError('ACP_PROTOCOL', `${versions} Update the older of the two.`)
}

const NOT_ACP = 'What was started does not answer as an agent that speaks the Agent Client Protocol.'

async function inTime<T>(waitMs: number, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = AbortSignal.timeout(waitMs)
  try {
    return await ask(late)
  } catch (cause) {
    if (late.aborted) {
      const message = `${NOT_ACP} It said nothing for ${waitMs / 1000} s; many agents need an option to speak it.`
      throw new FarhandError('ACP_PROTOCOL', message, { cause })
    }
    throw refusalOf(cause, 'initialize')
  }
}

export type Place = { cwd: string; directories: readonly string[] }
export type Opened = SessionOpened & {
  sessionId: string
  /** The conversation that was to go on is not there. */ lost: boolean
}

/**
 * Goes on with a conversation where there is one and the agent can, else begins one.
 * @throws FarhandError `ACP_AUTH`, `ACP_EXIT`; another error where the agent is gone
 */
export async function openSession(
  agent: ClientContext,
  { agentCapabilities }: Initialized,
  { cwd, directories }: Place,
  resume: string | undefined,
): Promise<Opened> {
  const more = agentCapabilities?.sessionCapabilities?.additionalDirectories != null && directories.length > 0
  const place = { cwd, mcpServers: [] as [], ...(more ? { additionalDirectories: [...directories] } : {}) }
  if (resume !== undefined) {
    const method = resumeMethod(agentCapabilities)
    const gone = method === undefined ? undefined : await goOn(agent, method, { ...place, sessionId: resume })
    if (gone !== undefined) return { ...gone, sessionId: resume, lost: false }
  }
  try {
    const opened = understood(sessionOpenedSchema, await agent.request('session/new', place), 'session/new')
    if (opened.sessionId == null) throw new FarhandError('ACP_PROTOCOL', 'It began a session without an id.')
    return { ...opened, sessionId: opened.sessionId, lost: resume !== undefined }
  } catch (error) {
    throw refusalOf(error, 'session/new')
  }
}

/** The lighter one first: it does not tell the whole conversation once more, which the log has anyway. */
function resumeMethod(capabilities: Initialized['agentCapabilities']): 'session/resume' | 'session/load' | undefined {
  if (capabilities?.sessionCapabilities?.resume != null) return 'session/resume'
  return capabilities?.loadSession === true ? 'session/load' : undefined
}

/** @returns `undefined` where the agent does not have it (any more) */
async function goOn(
  agent: ClientContext,
  method: 'session/resume' | 'session/load',
  params: { cwd: string; mcpServers: []; additionalDirectories?: string[]; sessionId: string },
): Promise<SessionOpened | undefined> {
  try {
    return understood(sessionOpenedSchema, (await agent.request(method, params)) ?? {}, method)
  } catch (error) {
    if (error instanceof RequestError && error.code !== AUTH_REQUIRED) return undefined
    throw refusalOf(error, method)
  }
}

/** @throws FarhandError `ACP_PROTOCOL` */
export function understood<T>(schema: z.ZodType<T>, answer: unknown, method: string): T {
  const read = schema.safeParse(answer)
  if (read.success) return read.data
  throw new FarhandError('ACP_PROTOCOL', `What it answered to ${method} is not of the protocol.`)
}

const AUTH_REQUIRED = -32_000

/** What the agent answered with an error, in our words; an error of another kind as it is. */
export function refusalOf(error: unknown, method: string): unknown {
  if (!(error instanceof RequestError)) return error
  const detail = detailOf(error.data)
  const said = detail === undefined ? error.message : `${error.message} (${detail})`
  return error.code === AUTH_REQUIRED
    ? new FarhandError('ACP_AUTH', `It wants a login on that machine: ${said}`, { cause: error })
    : new FarhandError('ACP_EXIT', `It refused ${method}: ${said}`, { cause: error })
}

const MAX_DETAIL_LENGTH = 500

function detailOf(data: unknown): string | undefined {
  if (data === undefined || data === null) return undefined
  const details = typeof data === 'object' && 'details' in data ? data.details : data
  const text = typeof details === 'string' ? details : JSON.stringify(details)
  return text === '{}' ? undefined : text.slice(0, MAX_DETAIL_LENGTH)
}
