import type { AgentCommand } from '@farhand/shared'
import type { AgentConnection, Agents } from '../../../packages/server/src/agents/agents.ts'
import { laneOf, type Offer } from '../../../packages/server/src/agents/offer.ts'
import type { Append, Lane, Outcome } from '../../../packages/server/src/log/store.ts'
import type { Code } from '../code.ts'
import type { LostRun } from '../../../packages/server/src/agents/resync.ts'
import type { AgentLink } from '../links.ts'
import { note, type Truth } from '../truth.ts'
import type { GroupCommit } from './groupCommit.ts'
import { nextInput, sessionsWithInputs } from './queries.ts'
import type { Tables } from './tables.ts'

/** `packages/server/src/agents/delivery.ts` cut into single steps: one input per lane at a time, until it is acknowledged. */
export type HandingOver = {
  start(connection: AgentConnection, link: AgentLink): void
  committed(outcomes: readonly Outcome[]): void
  /** `ended`: as the agent's acknowledgement says it. */
  took(offer: number, ended?: number): void
  /** The agent said nothing in time; the same is offered again. */
  timeOut(pick: number): boolean
  /** The pause after a refusal is over. */
  retry(): void
  lost(link: AgentLink): void
}

/** `again`: somebody asked for a look while one was under way. */
type Flight = {
  connection: AgentConnection
  link: AgentLink
  sessionId: string
  lane: Lane
  busy: boolean
  again: boolean
  paused: boolean
}

const LANES: readonly Lane[] = ['cancel', 'other']

export function createHandingOver(parts: {
  code: Code
  tables: Tables
  log: GroupCommit
  agents: Agents
  clock: { now(): number }
  truth: Truth
  linkOf(connection: AgentConnection): AgentLink | undefined
  takeEnded(link: AgentLink, run: LostRun): void
}): HandingOver {
  const { code, tables, log, agents, clock, truth } = parts
  const flights = new Map<string, Flight>()
  const offers = new Map<number, { flight: Flight; inputId: string; kind: string }>()
  let offerNo = 0

  function wake(connection: AgentConnection, link: AgentLink, sessionId: string, lane: Lane): void {
    const key = `${connection.agentId} ${connection.epoch} ${lane} ${sessionId}`
    const idle = { busy: false, again: false, paused: false }
    const flight = flights.get(key) ?? { connection, link, sessionId, lane, ...idle }
    flights.set(key, flight)
    if (flight.busy) flight.again = true
    else handOver(flight)
  }

  function handOver(flight: Flight): void {
    const { connection, link, sessionId, lane } = flight
    flight.busy = false
    flight.again = false
    if (!code.isCurrent(agents, connection)) return
    const waiting = nextInput(tables, sessionId, lane)
    if (waiting === undefined) return
    const { input } = waiting
    const decision = code.decideOffer(waiting, connection, clock.now())
    if (decision === 'leave') return
    flight.busy = true
    if (decision === 'offer') return offer(flight, input)
    log.append(insteadOf(decision, input.inputId), (outcome) => {
      // One that has begun is for the agent to end.
      if (outcome?.verdict === 'void' && outcome.begun && link.there) offer(flight, input, true)
      else handOver(flight)
    })
  }

  function offer(flight: Flight, input: AgentCommand, begun = false): void {
    if (!begun && input.expiresAt !== undefined && input.expiresAt <= clock.now()) {
      note(truth, 'I4', `a command was handed over after its expiresAt`)
    }
    offerNo += 1
    offers.set(offerNo, { flight, inputId: input.inputId, kind: input.kind })
    flight.link.down.push({ type: 'command', offer: offerNo, input })
  }

  return {
    start(connection, link) {
      for (const sessionId of sessionsWithInputs(tables, connection.agentId)) {
        for (const lane of LANES) wake(connection, link, sessionId, lane)
      }
    },
    committed(outcomes) {
      for (const outcome of outcomes) {
        const { sessionId, lane } = wokenBy(outcome)
        const projectId = tables.sessions.get(sessionId)?.projectId ?? ''
        const connection = agents.serving({ projectId, agentId: tables.projects.get(projectId) ?? '' })
        const link = connection && parts.linkOf(connection)
        if (lane && connection && link) wake(connection, link, sessionId, lane)
      }
    },
    took(offer, ended) {
      const { flight, inputId, kind } = offers.get(offer) ?? {}
      if (flight === undefined || inputId === undefined || !offers.delete(offer)) return
      const run = { sessionId: flight.sessionId, commandId: inputId }
      if (ended !== undefined && kind === 'command') parts.takeEnded(flight.link, { ...run, n: ended })
      log.append({ type: 'delivered', inputId }, (outcome) => {
        if (outcome === undefined) pause(flight)
        else handOver(flight)
      })
    },
    timeOut(pick) {
      const [offer, made] = [...offers][pick % Math.max(1, offers.size)] ?? []
      if (offer === undefined || made === undefined) return false
      offers.delete(offer)
      handOver(made.flight)
      return true
    },
    retry() {
      for (const flight of flights.values()) {
        if (!flight.paused) continue
        flight.paused = false
        handOver(flight)
      }
    },
    lost(link) {
      for (const [offer, { flight }] of offers) {
        if (flight.link !== link) continue
        offers.delete(offer)
        pause(flight)
      }
    },
  }
}

/** Where there is something to hand over, or to ask about. */
function wokenBy(outcome: Outcome): { sessionId: string; lane: Lane | undefined } {
  if (outcome.verdict === 'accepted') return { sessionId: outcome.entry.sessionId, lane: laneOf(outcome.entry) }
  const begun = outcome.verdict === 'void' ? outcome.begun : undefined
  return begun === undefined ? { sessionId: '', lane: undefined } : { sessionId: begun.sessionId, lane: 'other' }
}

function pause(flight: Flight): void {
  flight.busy = false
  flight.paused = true
}

/** What is written where an input is not handed over. */
function insteadOf(decision: Exclude<Offer, 'offer' | 'leave'>, inputId: string): Append {
  if (decision === 'expire') return { type: 'expire', commandId: inputId }
  if (decision === 'taken') return { type: 'delivered', inputId }
  return { type: 'hold', commandId: inputId, waitedMs: decision.hold }
}
