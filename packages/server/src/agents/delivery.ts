import { ACK_TIMEOUT_MS, INPUT_KINDS, isErrorCode } from '@farhand/shared'
import type { Committed, SessionLog } from '../log/sessionLog.ts'
import type { Lane, LogStore } from '../log/store.ts'
import type { Logger } from '../logger.ts'
import type { AgentConnection, Agents } from './agents.ts'

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
  /** What was committed just now. */
  committed(committed: Committed): void
  close(): void
}

export function createDelivery(options: {
  store: Pick<LogStore, 'nextInput' | 'sessionsWithInputs'>
  log: SessionLog
  agents: Agents
  /** Who serves a session's project. */
  connectionOf(sessionId: string): Promise<AgentConnection | undefined>
  clock: { now(): number }
  logger: Logger
}): Delivery {
  const { store, log, agents, connectionOf, clock, logger } = options
  /** Lanes that are being worked on, and whether something came in meanwhile. */
  const busy = new WeakMap<AgentConnection, Map<string, { again: boolean }>>()
  const timers = new Set<NodeJS.Timeout>()
  let closed = false

  function wake(connection: AgentConnection, sessionId: string, lane: Lane): void {
    const lanes = busy.get(connection) ?? new Map<string, { again: boolean }>()
    busy.set(connection, lanes)
    const key = `${lane} ${sessionId}`
    const known = lanes.get(key)
    if (known !== undefined) {
      known.again = true
      return
    }
    const state = { again: true }
    lanes.set(key, state)
    work(connection, sessionId, lane, state).then(
      () => lanes.delete(key),
      (error: unknown) => {
        lanes.delete(key)
        logger.warn({ sessionId, agentId: connection.agentId, err: error }, 'handing over will be tried again')
        later(() => wake(connection, sessionId, lane))
      },
    )
  }

  async function work(connection: AgentConnection, sessionId: string, lane: Lane, state: { again: boolean }) {
    while (state.again) {
      state.again = false
      while (!closed && agents.isCurrent(connection) && (await handOver(connection, sessionId, lane)));
    }
  }

  /** Answers whether there may be more. */
  async function handOver(connection: AgentConnection, sessionId: string, lane: Lane): Promise<boolean> {
    const input = await store.nextInput(sessionId, lane)
    if (input === undefined || !connection.projectIds.has(input.projectId)) return false
    if (input.kind === 'command' && input.expiresAt !== undefined && input.expiresAt <= clock.now()) {
      const outcome = await log.append({ type: 'expire', commandId: input.inputId })
      return outcome.verdict === 'accepted'
    }
    const refusal = await refusalOf(connection.offer(input))
    if (refusal === undefined) {
      await log.append({ type: 'delivered', inputId: input.inputId })
      return true
    }
    logger.warn({ sessionId, inputId: input.inputId, code: refusal }, 'the agent did not take an input')
    if (refusal === 'TIMEOUT_TOTAL') return true
    later(() => wake(connection, sessionId, lane))
    return false
  }

  function later(act: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      if (!closed) act()
    }, AFTER_REFUSAL_MS)
    timers.add(timer)
  }

  function wakeSession(sessionId: string, lane: Lane): void {
    connectionOf(sessionId).then(
      (connection) => {
        if (connection !== undefined) wake(connection, sessionId, lane)
      },
      (error: unknown) => {
        logger.warn({ sessionId, err: error }, 'handing over will be tried again')
        later(() => wakeSession(sessionId, lane))
      },
    )
  }

  return {
    start: async (connection) => {
      for (const sessionId of await store.sessionsWithInputs(connection.agentId)) {
        for (const lane of LANES) wake(connection, sessionId, lane)
      }
    },
    committed: ({ outcomes }) => {
      for (const outcome of outcomes) {
        if (outcome.verdict !== 'accepted') continue
        const lane = laneOf(outcome.entry)
        if (lane !== undefined) wakeSession(outcome.entry.sessionId, lane)
      }
    },
    close: () => {
      closed = true
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

/** Only what people write has an author, and only that goes to the agent. */
function laneOf(entry: { kind: string; author?: unknown }): Lane | undefined {
  if (entry.author === undefined) return undefined
  if (entry.kind === 'cancel') return 'cancel'
  return entry.kind === 'command' || (INPUT_KINDS as readonly string[]).includes(entry.kind) ? 'other' : undefined
}

async function refusalOf(offer: Promise<void>): Promise<string | undefined> {
  return await offer.then(
    () => undefined,
    (error: unknown) =>
      error instanceof Error && 'code' in error && isErrorCode(error.code) ? error.code : 'INTERNAL',
  )
}
