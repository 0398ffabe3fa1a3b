import { randomUUID } from 'node:crypto'
import { AGENT_REQUEST_TIMEOUT_MS, FarhandError, fromWire, toWire, type AgentRequest } from '@farhand/shared'
import type { Bus } from './bus.ts'
import { jsonOf, type BusMessage } from './messages.ts'

/** Its own relay waits as long for the agent, and its answer comes back over the bus. */
const PATIENCE_MS = AGENT_REQUEST_TIMEOUT_MS + 1_000

const CUT_OFF = 'The agent is connected to another relay, which cannot be reached right now.'

type Asked = Extract<BusMessage, { type: 'agent_request' }>
type Answered = Extract<BusMessage, { type: 'agent_answer' }>

/** Asks the agents of other relays, and lets the others ask those of this one. */
export type AgentRequests = {
  /** The agent's answer; rejects with AGENT_OFFLINE where none came, or with the agent's own refusal. */
  ask(relay: string, agentId: string, request: AgentRequest): Promise<unknown>
  asked(from: string, message: Asked, text: string): void
  answered(message: Answered, text: string): void
  /** The relay is gone: nothing that it was asked is answered any more. */
  gone(relay: string): void
  close(): void
}

type Waiting = { relay: string; timer: NodeJS.Timeout; resolve(result: unknown): void; reject(error: Error): void }

export function createAgentRequests(options: {
  bus: Bus
  /** Asks an agent of this relay. */
  askHere(agentId: string, request: AgentRequest): Promise<unknown>
}): AgentRequests {
  const { bus, askHere } = options
  const waiting = new Map<string, Waiting>()

  function settle(id: string, how: (one: Waiting) => void): void {
    const one = waiting.get(id)
    if (one === undefined) return
    clearTimeout(one.timer)
    waiting.delete(id)
    how(one)
  }

  const giveUp = (id: string): void => settle(id, ({ reject }) => reject(new FarhandError('AGENT_OFFLINE')))

  return {
    ask: (relay, agentId, { params, ...request }) =>
      new Promise((resolve, reject) => {
        if (bus.state() === 'down') return reject(new FarhandError('AGENT_OFFLINE', CUT_OFF))
        const id = randomUUID()
        const timer = setTimeout(() => giveUp(id), PATIENCE_MS)
        waiting.set(id, { relay, timer, resolve, reject })
        bus.say({ type: 'agent_request', to: relay, id, agentId, request }, JSON.stringify(params) ?? '')
      }),
    asked: (from, { to, id, agentId, request }, text) => {
      if (to !== bus.self) return
      const answer = { type: 'agent_answer', to: from, id } as const
      const params = jsonOf(text)
      askHere(agentId, params === undefined ? request : { ...request, params }).then(
        (result) => bus.say(answer, JSON.stringify(result) ?? ''),
        (error: unknown) => bus.say({ ...answer, error: toWire(error) }),
      )
    },
    answered: ({ to, id, error }, text) => {
      if (to !== bus.self) return
      settle(id, ({ resolve, reject }) => (error === undefined ? resolve(jsonOf(text)) : reject(fromWire(error))))
    },
    gone: (relay) => {
      for (const [id, one] of waiting) if (one.relay === relay) giveUp(id)
    },
    close: () => {
      for (const id of waiting.keys()) giveUp(id)
    },
  }
}
