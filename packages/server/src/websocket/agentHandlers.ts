import {
  ACK_TIMEOUT_MS,
  AGENT_REQUEST_TIMEOUT_MS,
  FarhandError,
  MAX_RESPONSES_BYTES,
  agentHelloSchema,
  agentStatusSchema,
  fromWire,
  speaks,
  type Ack,
  type AgentCommand,
  type AgentHello,
  type AgentToServer,
  type CommandResponse,
  type HelloAccepted,
  type InputTaken,
  type WireError,
} from '@farhand/shared'
import type { Context } from '../actions/context.ts'
import { AgentSilentError, type AgentConnection } from '../agents/agents.ts'
import { createAcknowledging, type Acknowledging } from '../agents/acknowledging.ts'
import { decideAnswers } from '../agents/answers.ts'
import type { Delivery } from '../agents/delivery.ts'
import { decideOffer } from '../agents/offer.ts'
import { decideLost, endLost, rollForward, splitLost, type LostRun, type Position } from '../agents/resync.ts'
import { failpoint } from '../failpoint.ts'
import type { Outcome } from '../log/store.ts'
import type { Logger } from '../logger.ts'
import type { Tracing } from '../tracing/tracing.ts'
import { handle, type EventHandler } from './dispatcher.ts'
import { tellAll } from './frames.ts'
import { sayGoodbye } from './goodbye.ts'
import { parseResponses } from './responses.ts'
import type { AgentSocket } from './sockets.ts'

/** Inputs that go with the answer to a hello; the others follow one by one. */
const HELLO_INPUTS = 64
/** After a failed commit the agent is asked to send again, but not at once: the disk needs time. */
const RESEND_AFTER_FAILURE_MS = 1_000
/** Responses that were on their way when a gap was told arrive for a while yet; each would ask for the same again. */
const GAP_QUIET_MS = 1_000
/** Of a UTF-16 unit, as UTF-8. */
const MAX_BYTES_PER_CHARACTER = 3

export type AgentParts = {
  context: Context
  delivery: Delivery
  logger: Logger
  /** What an input goes through on its way to the agent. @default nothing */
  handOver?: Tracing['handOver'] | undefined
}

/** One agent's socket: what it said of itself, and where its sessions have gaps. */
type Link = AgentParts & {
  socket: AgentSocket
  connection: AgentConnection | undefined
  gaps: Map<string, { lastN: number; at: number }>
  acks: Acknowledging
  /** What was acknowledged on this connection, by session. */
  told: Map<string, number>
  /** Commands that the agent does not hold, and whose end may still be on its way. */
  lost: LostRun[]
}

/** What an agent may say. Nothing but its hello counts before that was accepted (CON1). */
export function agentHandlers(socket: AgentSocket, parts: AgentParts): Map<string, EventHandler> {
  const acks = createAcknowledging((stored) => acknowledge(socket, stored))
  const link: Link = { ...parts, socket, connection: undefined, gaps: new Map(), acks, told: new Map(), lost: [] }
  const refused = (error: WireError): void => end(socket, error)
  socket.setMaxListeners(0) // every question that waits for its answer listens for the end of the link
  socket.once('disconnect', () => {
    if (link.connection !== undefined) parts.context.agents.leave(link.connection)
  })

  const table = {
    agent_hello: handle(agentHelloSchema, (hello) => takeHello(link, hello)),
    command_response: { act: (said) => takeResponses(link, said), refused },
    agent_status: handle(
      agentStatusSchema,
      (status) => parts.context.agents.report(requireConnection(link), status),
      refused,
    ),
  } satisfies Record<keyof AgentToServer, EventHandler>

  return new Map(Object.entries(table))
}

async function takeHello(link: Link, hello: AgentHello): Promise<HelloAccepted> {
  const { socket, context, delivery, logger } = link
  if (!speaks(hello.protocol)) throw new FarhandError('UPGRADE_REQUIRED')
  if (link.connection !== undefined || hello.agentId !== socket.data.agentId || hello.connNo !== socket.data.connNo) {
    throw new FarhandError('BAD_REQUEST', 'This is not the agent that opened the connection.')
  }
  const outcome = await context.store.acceptHello(hello, context.clock.now())
  if (outcome.verdict === 'refused') {
    logger.warn({ agentId: hello.agentId, connNo: hello.connNo, code: outcome.error.code }, 'an agent was refused')
    throw outcome.error
  }
  failpoint('relay.hello.afterCommit')
  const sessions = await resync(link, hello, outcome.sessions)
  if (!socket.connected) throw new FarhandError('AGENT_OFFLINE')
  socket.data.epoch = outcome.epoch
  const connection = connect(link, hello, outcome.epoch)
  link.connection = connection
  context.agents.arrive(connection)
  logger.info({ agentId: hello.agentId, epoch: outcome.epoch, projects: hello.projects.length }, 'an agent is here')
  const waiting = await context.store.waitingInputs(hello.agentId, HELLO_INPUTS)
  // In a later turn, so that the agent has its answer before the first input.
  setImmediate(() => {
    delivery.start(connection).catch((error: unknown) => logger.error({ err: error }, 'handing over could not start'))
  })
  return {
    epoch: outcome.epoch,
    sessions,
    // The others are ended or held when they are handed over one by one.
    inputs: waiting
      .filter((one) => decideOffer(one, connection, context.clock.now()) === 'offer')
      .map((one) => one.input),
  }
}

/** Before the agent counts as here, so that what it has said is not mixed up with what it is about to say. */
async function resync(link: Link, hello: AgentHello, held: readonly Position[]): Promise<Position[]> {
  const { context, logger } = link
  const { agentId } = hello
  const parts = { log: context.log, logger, agentId }
  const sessions = await rollForward(parts, hello, held)
  const reached = new Map(sessions.map(({ sessionId, lastN }) => [sessionId, lastN]))
  const { ready, waiting } = splitLost(decideLost(await context.store.openCommands(agentId), hello), reached)
  link.lost = waiting
  await endLost(parts, ready)
  return sessions
}

/** The agent acknowledged a command that had ended there before, so nothing more will come of it. */
async function takeEnded(link: Link, agentId: string, lost: LostRun): Promise<void> {
  const { context, logger } = link
  link.lost.push(lost) // the next response may be the one that it waits for
  await endLost({ log: context.log, logger, agentId }, [lost])
}

function connect(link: Link, hello: AgentHello, epoch: number): AgentConnection {
  const { socket, handOver } = link
  const offer = async (input: AgentCommand): Promise<void> => {
    const timed = socket.timeout(ACK_TIMEOUT_MS)
    const { ended } = requireOk(await answerOf<InputTaken>(socket, (done) => timed.emit('agent_command', input, done)))
    if (input.kind !== 'command' || typeof ended !== 'number') return
    await takeEnded(link, hello.agentId, { sessionId: input.sessionId, commandId: input.inputId, n: ended })
  }
  return {
    agentId: hello.agentId,
    tokenId: socket.data.tokenId,
    epoch,
    name: hello.name,
    host: hello.host,
    projectIds: new Set(hello.projects.map((project) => project.projectId)),
    holds: new Set(hello.open),
    offer: handOver === undefined ? offer : (input) => handOver(input, offer),
    request: async (request) => {
      const timed = socket.timeout(AGENT_REQUEST_TIMEOUT_MS)
      return requireOk(
        await answerOf<{ result: unknown }>(socket, (done) => timed.emit('agent_request', request, done)),
      ).result
    },
    fence: (newEpoch) => {
      tellFenced(socket, newEpoch)
      socket.disconnect(true)
    },
  }
}

function tellFenced(socket: AgentSocket, epoch: number): void {
  socket.emit('fenced', { epoch, reason: 'A newer connection of this agent took over.' })
}

type Done<T> = (silence: Error | null, answer: Ack<T>) => void

/**
 * The first of: the answer, a silence (`AgentSilentError`), the end of the link (AGENT_OFFLINE). Decided as they happen, so
 * that an answer counts even when the link ends right behind it.
 */
function answerOf<T>(socket: AgentSocket, ask: (done: Done<T>) => unknown): Promise<Ack<T>> {
  return new Promise((resolve, reject) => {
    if (!socket.connected) return reject(new FarhandError('AGENT_OFFLINE'))
    const lost = (): void => reject(new FarhandError('AGENT_OFFLINE'))
    socket.once('disconnect', lost)
    ask((silence, answer) => {
      socket.off('disconnect', lost)
      if (silence === null) resolve(answer)
      else reject(new AgentSilentError())
    })
  })
}

/** What the other end acknowledges with may be anything, whatever its type says. */
function requireOk<T>(answer: Ack<T>): T {
  const said: unknown = answer
  if (typeof said !== 'object' || said === null || !('ok' in said)) {
    throw new FarhandError('INTERNAL', 'The agent gave an answer that is none.')
  }
  if (answer.ok) return answer
  const error: { code?: unknown; message?: unknown } | undefined = answer.error
  const message = typeof error?.message === 'string' ? error.message : 'The agent refused.'
  throw fromWire({ code: String(error?.code), message, retryable: false })
}

function requireConnection(link: Link): AgentConnection {
  if (link.connection === undefined) throw new FarhandError('BAD_REQUEST', 'The first message is agent_hello.')
  return link.connection
}

async function takeResponses(link: Link, said: unknown): Promise<void> {
  const responses = parseResponses(said)
  const { context, socket, logger } = link
  const connection = requireConnection(link)
  if (!context.agents.isCurrent(connection)) {
    tellFenced(socket, connection.epoch)
    return
  }
  if (isTooLarge(responses)) throw new FarhandError('TOO_LARGE')
  const { agentId } = connection
  const settled = await context.log.appendAll(responses.map((response) => ({ type: 'response', agentId, response })))
  const lost = new Map<string, number>()
  const answers: Answered[] = []
  for (const [index, response] of responses.entries()) {
    const result = settled[index]
    if (result?.status === 'fulfilled') answers.push({ response, outcome: result.value })
    else lost.set(response.sessionId, Math.min(response.n, lost.get(response.sessionId) ?? response.n))
  }
  answerResponses(link, answers)
  for (const [sessionId, n] of lost) {
    logger.warn({ agentId, sessionId, n }, 'responses could not be stored')
    setTimeout(() => askAgain(link, sessionId, n), RESEND_AFTER_FAILURE_MS)
  }
}

/** Counted in bytes only where the characters leave it open. */
function isTooLarge(responses: readonly CommandResponse[]): boolean {
  const characters = responses.reduce((sum, { data }) => sum + data.length, 0)
  if (characters * MAX_BYTES_PER_CHARACTER <= MAX_RESPONSES_BYTES) return false
  return responses.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0) > MAX_RESPONSES_BYTES
}

type Answered = { response: CommandResponse; outcome: Outcome }

/** One cumulative acknowledgement per session, one gap per session, and the end of an agent that contradicts the log. */
function answerResponses(link: Link, answers: readonly Answered[]): void {
  const { socket, logger } = link
  const decided = decideAnswers(answers)
  if (decided.type === 'end') {
    const { refused, error } = decided
    logger.warn(
      { agentId: socket.data.agentId, sessionId: refused.sessionId, n: refused.n, code: error.code },
      'a response was refused',
    )
    end(socket, error)
    return
  }
  link.acks.stored(decided.stored)
  for (const [sessionId, n] of decided.stored) link.told.set(sessionId, Math.max(n, link.told.get(sessionId) ?? 0))
  for (const [sessionId, lastN] of decided.missing) tellGap(link, sessionId, lastN)
  if (link.lost.length > 0) endWhatIsLost(link, decided.stored)
}

function acknowledge(socket: AgentSocket, stored: ReadonlyMap<string, number>): void {
  failpoint('relay.ackResponses.before')
  for (const [sessionId, n] of stored) tellAll([socket.conn], 'ack_responses', { sessionId, n })
  failpoint('relay.ackResponses.after')
}

function endWhatIsLost(link: Link, reached: ReadonlyMap<string, number>): void {
  const { context, logger, socket } = link
  const { ready, waiting } = splitLost(link.lost, reached)
  link.lost = waiting
  endLost({ log: context.log, logger, agentId: socket.data.agentId }, ready).catch((error: unknown) => {
    link.lost.push(...ready)
    logger.warn({ err: error }, 'what is lost could not be ended; the next response tries again')
  })
}

function tellGap({ socket, gaps, context }: Link, sessionId: string, lastN: number): void {
  const now = context.clock.now()
  const before = gaps.get(sessionId)
  if (before !== undefined && before.lastN === lastN && Math.abs(now - before.at) < GAP_QUIET_MS) return
  gaps.set(sessionId, { lastN, at: now })
  socket.emit('gap', { sessionId, lastN })
}

/**
 * A gap just before what was lost: the agent holds it still, and sends it again. What another message brought meanwhile was
 * acknowledged, and the agent does not hold it any more.
 */
function askAgain({ socket, gaps, context, connection, told }: Link, sessionId: string, n: number): void {
  if ((told.get(sessionId) ?? 0) >= n) return
  if (connection === undefined || !socket.connected || !context.agents.isCurrent(connection)) return
  gaps.delete(sessionId)
  socket.emit('gap', { sessionId, lastN: n - 1 })
}

function end(socket: AgentSocket, error: WireError | FarhandError): void {
  sayGoodbye(socket, error)
  socket.disconnect(true)
}
