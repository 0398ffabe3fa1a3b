import { FarhandError, toWire, type AgentHello, type CommandResponse } from '@farhand/shared'
import type { AgentConnection, Agents } from '../../../packages/server/src/agents/agents.ts'
import type { Outcome } from '../../../packages/server/src/log/store.ts'
import type { Code } from '../code.ts'
import type { LostRun } from '../../../packages/server/src/agents/resync.ts'
import type { AgentLink, AgentSays } from '../links.ts'
import { note, type Truth } from '../truth.ts'
import type { GroupCommit } from './groupCommit.ts'
import type { HandingOver } from './handingOver.ts'
import { openCommands, waitingInputs } from './queries.ts'
import type { Tables } from './tables.ts'

const HELLO_INPUTS = 64
/** As in `agentHandlers.ts`: so long the same gap is not told again. */
const GAP_QUIET_MS = 1_000

/** `packages/server/src/websocket/agentHandlers.ts` without sockets. */
export type AgentSide = {
  hear(link: AgentLink, said: AgentSays): void
  lost(link: AgentLink): void
  /** The pause after a failed commit is over: the agent is asked to send again. */
  retry(): void
  linkOf(connection: AgentConnection): AgentLink | undefined
  /** The agent acknowledged a command that had ended there before. */
  takeEnded(link: AgentLink, run: LostRun): void
}

type Gaps = Map<string, { lastN: number; at: number }>
type State = {
  code: Code
  tables: Tables
  log: GroupCommit
  agents: Agents
  clock: { now(): number }
  truth: Truth
  handingOver: () => HandingOver
  connections: Map<AgentLink, AgentConnection>
  links: Map<AgentConnection, AgentLink>
  gaps: Map<AgentLink, Gaps>
  /** Commands that an agent does not hold, and whose end may still be on its way. */
  lost: Map<AgentLink, LostRun[]>
  resend: { link: AgentLink; sessionId: string; n: number }[]
  greeted: Set<AgentLink>
  newestEpoch: number
}

export function createAgentSide(
  parts: Pick<State, 'code' | 'tables' | 'log' | 'agents' | 'clock' | 'truth' | 'handingOver'>,
): AgentSide {
  const state: State = {
    ...parts,
    connections: new Map(),
    links: new Map(),
    gaps: new Map(),
    lost: new Map(),
    resend: [],
    greeted: new Set(),
    newestEpoch: 0,
  }
  return {
    hear(link, said) {
      if (said.type === 'hello') takeHello(state, link, said.hello)
      else if (said.type === 'responses') takeResponses(state, link, said.responses)
      else state.handingOver().took(said.offer, said.ended)
    },
    lost(link) {
      const connection = state.connections.get(link)
      if (connection !== undefined) state.agents.leave(connection)
      state.handingOver().lost(link)
    },
    retry() {
      for (const { link, sessionId, n } of state.resend.splice(0)) {
        const connection = state.connections.get(link)
        if (connection === undefined || !link.there || !state.code.isCurrent(state.agents, connection)) continue
        state.gaps.get(link)?.delete(sessionId)
        link.down.push({ type: 'gap', sessionId, lastN: n - 1 })
      }
    },
    linkOf: (connection) => state.links.get(connection),
    takeEnded: (link, run) => endLost(state, link, [...(state.lost.get(link) ?? []), run]),
  }
}

function takeHello(state: State, link: AgentLink, hello: AgentHello): void {
  const { code, tables, log, truth } = state
  if (state.greeted.has(link)) return
  state.greeted.add(link)
  const known = tables.agents.get(hello.agentId)
  const decision = code.decideHello({ known, ownerOf: (projectId) => tables.projects.get(projectId) }, hello)
  if (decision.verdict === 'refuse') {
    link.down.push({ type: 'hello_answer', answer: { ok: false, error: toWire(decision.error) } })
    return
  }
  const { epoch } = decision
  if (epoch <= (known?.epoch ?? 0)) note(truth, 'I6', `epoch ${epoch} follows ${known?.epoch ?? 0}`)
  if (hello.connNo <= (known?.connNo ?? 0)) note(truth, 'I6', `connection ${hello.connNo} took over from a newer one`)
  tables.agents.set(hello.agentId, { connNo: hello.connNo, epoch })
  for (const { projectId } of hello.projects) {
    const owner = tables.projects.get(projectId)
    if (owner !== undefined && owner !== hello.agentId) note(truth, 'I6', 'two agents serve one project')
    if (owner === undefined) tables.projects.set(projectId, hello.agentId)
  }
  log.later(() => rollForward(state, hello, () => arrive(state, link, hello, epoch)))
}

function arrive(state: State, link: AgentLink, hello: AgentHello, epoch: number): void {
  const { agents, log, tables } = state
  if (!link.there) return
  const connection = connect(state, link, hello, epoch)
  state.connections.set(link, connection)
  state.links.set(connection, link)
  agents.arrive(connection)
  const inputs = waitingInputs(tables, hello.agentId, HELLO_INPUTS)
    .filter((one) => state.code.decideOffer(one, connection, state.clock.now()) === 'offer')
    .map((one) => one.input)
  const held = heldBy(tables, hello.agentId)
  const known = new Set(held.map(({ sessionId }) => sessionId))
  const unknown = hello.sessions.filter(({ sessionId }) => !known.has(sessionId))
  const sessions = [...held, ...unknown.map(({ sessionId }) => ({ sessionId, lastN: 0 }))]
  endLost(state, link, state.code.decideLost(openCommands(tables, hello.agentId), hello))
  link.down.push({ type: 'hello_answer', answer: { ok: true, epoch, sessions, inputs } })
  log.later(() => state.handingOver().start(connection, link))
}

function heldBy(tables: Tables, agentId: string): { sessionId: string; lastN: number }[] {
  return [...tables.sessions].flatMap(([sessionId, { projectId, lastN }]) =>
    tables.projects.get(projectId) === agentId ? [{ sessionId, lastN }] : [],
  )
}

/** LOG9: what the agent was told to be safe, and this log has lost, is stepped over before the agent counts as here. */
function rollForward({ tables, log }: State, hello: AgentHello, then: () => void): void {
  const acked = new Map(hello.sessions.map((session) => [session.sessionId, session.acked ?? 0]))
  const lost = heldBy(tables, hello.agentId).flatMap(({ sessionId, lastN }) => {
    const n = acked.get(sessionId) ?? 0
    return n > lastN ? [{ type: 'roll_forward', sessionId, agentId: hello.agentId, n } as const] : []
  })
  let waits = lost.length
  if (waits === 0) return then()
  for (const item of lost) {
    log.append(item, () => {
      waits -= 1
      if (waits === 0) then()
    })
  }
}

/** Ends what the agent does not hold, as soon as all that it said of it is here. */
function endLost(state: State, link: AgentLink, lost: readonly LostRun[]): void {
  if (state.code.slips.has('forgets commands that the agent does not hold')) return
  const reached = new Map([...state.tables.sessions].map(([sessionId, { lastN }]) => [sessionId, lastN]))
  const { ready, waiting } = state.code.splitLost(lost, reached)
  state.lost.set(link, waiting)
  for (const run of ready) {
    state.log.append({ type: 'interrupt', commandId: run.commandId, n: run.n }, (outcome) => {
      if (outcome === undefined) state.lost.set(link, [...(state.lost.get(link) ?? []), run])
    })
  }
}

function connect(state: State, link: AgentLink, hello: AgentHello, epoch: number): AgentConnection {
  const never = () => Promise.reject(new FarhandError('INTERNAL', 'The model hands over without promises.'))
  return {
    agentId: hello.agentId,
    tokenId: 'token',
    epoch,
    name: hello.name,
    host: hello.host,
    projectIds: new Set(hello.projects.map(({ projectId }) => projectId)),
    holds: new Set(hello.open),
    offer: never,
    request: never,
    fence() {
      if (state.code.slips.has('does not fence')) return
      link.down.push({ type: 'fenced' })
      close(state, link)
    },
  }
}

function takeResponses(state: State, link: AgentLink, responses: readonly CommandResponse[]): void {
  const { code, agents, log, truth } = state
  const connection = state.connections.get(link)
  if (connection === undefined) return
  if (!code.isCurrent(agents, connection)) {
    link.down.push({ type: 'fenced' })
    return
  }
  state.newestEpoch = Math.max(state.newestEpoch, connection.epoch)
  const owner = state.tables.agents.get(connection.agentId)?.epoch ?? 0
  if (connection.epoch < owner && !agents.isCurrent(connection)) {
    note(truth, 'I6', `responses of epoch ${connection.epoch} were taken under epoch ${owner}`)
  }
  const { agentId } = connection
  const settled: { response: CommandResponse; outcome: Outcome | undefined }[] = []
  for (const response of responses) {
    log.append({ type: 'response', agentId, response }, (outcome) => {
      settled.push({ response, outcome })
      if (settled.length === responses.length) answer(state, link, settled)
    })
  }
}

function answer(
  state: State,
  link: AgentLink,
  settled: readonly { response: CommandResponse; outcome: Outcome | undefined }[],
): void {
  const answered = settled.flatMap(({ response, outcome }) => (outcome === undefined ? [] : [{ response, outcome }]))
  const decided = state.code.decideAnswers(answered)
  if (decided.type === 'end') {
    link.down.push({ type: 'goodbye', code: decided.error.code })
    close(state, link)
  } else {
    const beyond = state.code.slips.has('acknowledges responses beyond the log') ? 1 : 0
    for (const [sessionId, n] of decided.stored) link.down.push({ type: 'ack', sessionId, n: n + beyond })
    for (const [sessionId, lastN] of decided.missing) tellGap(state, link, sessionId, lastN)
    endLost(state, link, state.lost.get(link) ?? [])
  }
  const lost = new Map<string, number>()
  for (const { response, outcome } of settled) {
    if (outcome !== undefined || state.code.slips.has('says the wrong number in a gap')) continue
    lost.set(response.sessionId, Math.min(response.n, lost.get(response.sessionId) ?? response.n))
  }
  for (const [sessionId, n] of lost) state.resend.push({ link, sessionId, n })
}

function tellGap({ code, clock, gaps }: State, link: AgentLink, sessionId: string, lastN: number): void {
  const mine: Gaps = gaps.get(link) ?? new Map<string, { lastN: number; at: number }>()
  gaps.set(link, mine)
  const before = mine.get(sessionId)
  if (before !== undefined && before.lastN === lastN && clock.now() - before.at < GAP_QUIET_MS) return
  mine.set(sessionId, { lastN, at: clock.now() })
  const wrong = code.slips.has('says the wrong number in a gap') ? 1 : 0
  link.down.push({ type: 'gap', sessionId, lastN: lastN + wrong })
}

/** The relay ends a connection: what it said before still arrives. */
function close(state: State, link: AgentLink): void {
  link.there = false
  const connection = state.connections.get(link)
  if (connection !== undefined) state.agents.leave(connection)
  state.handingOver().lost(link)
}
