import { ACK_TIMEOUT_MS, FarhandError } from '@farhand/shared'
import { failpoint } from '../failpoint.ts'
import type { Committed, SessionLog } from '../log/sessionLog.ts'
import type { Append, Lane, LogStore } from '../log/store.ts'
import type { Logger } from '../logger.ts'
import { AgentSilentError, type AgentConnection, type Agents } from './agents.ts'
import { decideOffer, laneOf } from './offer.ts'
import { createSingleFlight, type SingleFlight } from './singleFlight.ts'

/** After a refusal the same input is offered again, no faster than a silent one would be. */
const AFTER_REFUSAL_MS = ACK_TIMEOUT_MS
const LANES: readonly Lane[] = ['cancel', 'other']

/**
 * Hands inputs to agents. The log is the queue, so nothing is lost with this process: per session the oldest input that
 * its agent has not acknowledged is offered, and the next one after its acknowledgement is on disk. A cancel has a lane
 * of its own, since it must not wait behind the command that it stops.
 */
export type Delivery = {
  /** Everything that waits for an agent that has just come. */
  start(connection: AgentConnection): Promise<void>
  /** The same for one that is here: whatever was not heard of. What the agent refused a moment ago is left alone. */
  look(connection: AgentConnection): Promise<void>
  /** Whether this input is being offered right now: the agent may have taken it, and its answer be on the way. */
  isUnderWay(inputId: string): boolean
  /** What was committed just now. */
  committed(committed: Committed): void
  close(): void
}

export type DeliveryOptions = {
  store: Pick<LogStore, 'nextInput' | 'sessionsWithInputs'>
  log: SessionLog
  agents: Agents
  /** Who serves a session's project. */
  connectionOf(sessionId: string): Promise<AgentConnection | undefined>
  clock: { now(): number }
  logger: Logger
}

export function createDelivery(options: DeliveryOptions): Delivery {
  const state: State = {
    ...options,
    inOrder: createSingleFlight(),
    timers: new Set(),
    resting: new Set(),
    underWay: new Set(),
    closed: false,
  }
  async function wakeAll(connection: AgentConnection, isWanted: (key: string) => boolean): Promise<void> {
    for (const sessionId of await state.store.sessionsWithInputs(connection.agentId)) {
      for (const lane of LANES) {
        if (isWanted(keyOf(connection, sessionId, lane))) wake(state, connection, sessionId, lane)
      }
    }
  }

  return {
    start: (connection) => wakeAll(connection, () => true),
    look: (connection) => wakeAll(connection, (key) => !state.resting.has(key)),
    isUnderWay: (inputId) => state.underWay.has(inputId),
    committed: ({ outcomes }) => {
      for (const outcome of outcomes) {
        if (outcome.verdict === 'void' && outcome.begun !== undefined) {
          wakeSession(state, outcome.begun.sessionId, 'other')
        }
        if (outcome.verdict !== 'accepted') continue
        const lane = laneOf(outcome.entry)
        if (lane !== undefined) wakeSession(state, outcome.entry.sessionId, lane)
      }
    },
    close: () => {
      state.closed = true
      for (const timer of state.timers) clearTimeout(timer)
    },
  }
}

type State = DeliveryOptions & {
  inOrder: SingleFlight
  timers: Set<NodeJS.Timeout>
  /** Lanes whose first input was refused. */
  resting: Set<string>
  underWay: Set<string>
  closed: boolean
}

function wakeSession(state: State, sessionId: string, lane: Lane): void {
  state.connectionOf(sessionId).then(
    (connection) => {
      if (connection !== undefined) wake(state, connection, sessionId, lane)
    },
    (error: unknown) => tryLater(state, sessionId, error, () => wakeSession(state, sessionId, lane)),
  )
}

function wake(state: State, connection: AgentConnection, sessionId: string, lane: Lane): void {
  state
    .inOrder(keyOf(connection, sessionId, lane), () => drain(state, connection, sessionId, lane))
    .catch((error: unknown) => tryLater(state, sessionId, error, () => wake(state, connection, sessionId, lane)))
}

function keyOf({ agentId, epoch }: AgentConnection, sessionId: string, lane: Lane): string {
  return [agentId, epoch, lane, sessionId].join(' ')
}

async function drain(state: State, connection: AgentConnection, sessionId: string, lane: Lane): Promise<void> {
  let more = true
  while (more && !state.closed && state.agents.isCurrent(connection)) {
    more = await handOver(state, connection, sessionId, lane)
  }
}

/** Hands over the next input of a lane; answers whether there may be more. */
async function handOver(state: State, connection: AgentConnection, sessionId: string, lane: Lane): Promise<boolean> {
  const { store, log, clock, logger } = state
  const waiting = await store.nextInput(sessionId, lane)
  if (waiting === undefined) return false
  const { input } = waiting
  const decision = decideOffer(waiting, connection, clock.now())
  if (decision === 'leave') return false
  if (decision === 'taken') {
    await log.append({ type: 'delivered', inputId: input.inputId })
    return true
  }
  const { inputId } = input
  if (decision !== 'offer') {
    const outcome = await log.append(insteadOf(decision, inputId))
    // Ended or held, it waits no more, and what was sent after it goes on. But one that has begun is for the agent to end.
    if (outcome.verdict !== 'void' || outcome.begun === undefined) return true
  }
  state.underWay.add(inputId)
  try {
    failpoint('relay.deliver.beforeSend')
    const refusal = await refusalOf(connection.offer(input))
    failpoint('relay.deliver.afterAck')
    if (refusal === undefined) {
      await log.append({ type: 'delivered', inputId })
      return true
    }
    logger.warn({ sessionId, inputId, code: refusal.code }, 'the agent did not take an input')
    if (refusal instanceof AgentSilentError) return true // it waited long enough already
  } finally {
    state.underWay.delete(inputId)
  }
  const key = keyOf(connection, sessionId, lane)
  state.resting.add(key)
  later(state, () => {
    state.resting.delete(key)
    wake(state, connection, sessionId, lane)
  })
  return false
}

/** What is written where a command is not handed over. */
function insteadOf(decision: 'expire' | { hold: number }, commandId: string): Append {
  return decision === 'expire' ? { type: 'expire', commandId } : { type: 'hold', commandId, waitedMs: decision.hold }
}

async function refusalOf(offer: Promise<void>): Promise<FarhandError | undefined> {
  return await offer.then(
    () => undefined,
    (error: unknown) =>
      error instanceof FarhandError ? error : new FarhandError('INTERNAL', undefined, { cause: error }),
  )
}

function tryLater(state: State, sessionId: string, error: unknown, act: () => void): void {
  state.logger.warn({ sessionId, err: error }, 'handing over will be tried again')
  later(state, act)
}

function later(state: State, act: () => void): void {
  if (state.closed) return
  const timer = setTimeout(() => {
    state.timers.delete(timer)
    act()
  }, AFTER_REFUSAL_MS)
  state.timers.add(timer)
}
