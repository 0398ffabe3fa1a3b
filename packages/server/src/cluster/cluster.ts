import {
  FarhandError,
  type AgentRequest,
  type Observer,
  type PresenceUpdate,
  type SessionSummary,
} from '@farhand/shared'
import type { AgentElsewhere } from '../agents/agents.ts'
import type { Committed, SessionLog } from '../log/sessionLog.ts'
import { createAgentDirectory } from './agentDirectory.ts'
import { createAgentRequests, type AgentRequests } from './agentRequests.ts'
import type { Heard } from './bus.ts'
import { hearCommit, sayCommit } from './commits.ts'
import { createFollowing, type Following } from './following.ts'
import { createMembers } from './members.ts'
import type { BusMessage } from './messages.ts'
import { createPeople, sayWatched } from './people.ts'
import type { ClusterOptions, Here } from './here.ts'
import { startRounds } from './rounds.ts'

/** Several relays of one log: each hears what all of them do, and does with it what it does with its own. */
export type Cluster = {
  /** The log. Its listeners hear the commits of all relays. */
  log: SessionLog
  /** An agent that another relay has. */
  agentElsewhere(agentId: string): AgentElsewhere | undefined
  /** Those who look at a session through other relays. */
  peopleElsewhere(sessionId: string): Observer[]
  /** Those who look at any session through other relays. */
  everybodyElsewhere(): Observer[]
  /** A reader who has just come was answered up to this head. */
  noteRead(sessionId: string, head: number): void
  /** The agents of this relay changed. */
  agentsChanged(): void
  /** Who looks at a session through this relay changed. */
  watchedChanged(update: PresenceUpdate): void
  /** A person changed it, outside the log. */
  sessionChanged(session: SessionSummary): void
  /** A credential ended. */
  ended(credentialId: string): void
  /** From now on it hears the others, and they hear of it. */
  begin(here: Here): void
  /** Undefined where this relay is alone. */
  condition(): Condition | undefined
  close(): Promise<void>
}

export type Condition = { relays: number; up: boolean; lagMs: number }

/** One relay alone: it hears itself, without anything between. */
export function alone(log: SessionLog): Cluster {
  const nothing = (): void => {}
  return {
    log,
    agentElsewhere: () => undefined,
    peopleElsewhere: () => [],
    everybodyElsewhere: () => [],
    noteRead: nothing,
    agentsChanged: nothing,
    watchedChanged: nothing,
    sessionChanged: nothing,
    ended: nothing,
    begin: nothing,
    condition: () => undefined,
    close: () => Promise.resolve(),
  }
}

export function createCluster(options: ClusterOptions): Cluster {
  const { bus, log, clock } = options
  const { listeners, parts } = createParts(options)
  const { following, directory, people, requests, members } = parts
  const now = (): number => clock.now()
  const sayAgents = (): void => void (parts.here && bus.say({ type: 'agents', agents: parts.here.sayAgents() }))
  const stops = [
    log.onCommitted((committed) => {
      const said = sayCommit(committed)
      if (said !== undefined) bus.say(said.message, said.text)
      following.take(committed)
    }),
    following.close,
    requests.close,
  ]

  return {
    log: {
      ...log,
      onCommitted: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    agentElsewhere: directory.of,
    peopleElsewhere: people.at,
    everybodyElsewhere: people.all,
    noteRead: following.noteRead,
    agentsChanged: sayAgents,
    watchedChanged: ({ sessionId, observers }) =>
      bus.say({ type: 'watching', whole: false, sessions: [sayWatched(sessionId, observers, now())] }),
    sessionChanged: (session) => bus.say({ type: 'session', session }),
    ended: (credentialId) => bus.say({ type: 'ended', credentialId }),
    begin: (here) => {
      parts.here = here
      const sayAll = (): void => {
        sayAgents()
        const sessions = here.watched().map((one) => sayWatched(one.sessionId, one.observers, now()))
        bus.say({ type: 'watching', whole: true, sessions })
      }
      const rounds = startRounds({ ...options, ...parts, here, sayAll, gone: (relay) => gone(parts, relay) })
      const stopHearing = bus.hear((heard) => {
        if (members.heard(heard.from, performance.now()) || heard.message.type === 'hello') sayAll()
        if (heard.missed) rounds.missed()
        if (heard.message.type === 'bye') rounds.missed() // it may not have told all that it did
        hear(parts, here, heard)
      })
      stops.push(stopHearing, rounds.stop)
    },
    condition: () => ({ relays: members.count() + 1, up: bus.state() === 'up', lagMs: bus.lagMs() }),
    close: async () => {
      for (const stop of stops.splice(0)) stop()
      bus.say({ type: 'bye' })
      await bus.close()
    },
  }
}

type Parts = {
  /** Undefined until it begins. */
  here: Here | undefined
  following: Following
  directory: ReturnType<typeof createAgentDirectory>
  people: ReturnType<typeof createPeople>
  requests: AgentRequests
  members: ReturnType<typeof createMembers>
}

function createParts(options: ClusterOptions): { parts: Parts; listeners: Set<(committed: Committed) => void> } {
  const { bus, clock, logger } = options
  const listeners = new Set<(committed: Committed) => void>()

  function emit(committed: Committed): void {
    for (const listener of listeners) {
      try {
        listener(committed)
      } catch (error) {
        logger.error({ err: error }, 'a publication failed') // and must not keep the others from theirs
      }
    }
  }

  async function askHere(agentId: string, request: AgentRequest): Promise<unknown> {
    const connection = parts.here?.connections().find((one) => one.agentId === agentId)
    if (connection === undefined) throw new FarhandError('AGENT_OFFLINE')
    return await connection.request(request)
  }

  const requests = createAgentRequests({ bus, askHere })
  const parts: Parts = {
    here: undefined,
    following: createFollowing({ ...options, isRead: (sessionId) => parts.here?.isRead(sessionId) ?? false, emit }),
    directory: createAgentDirectory({
      clock,
      request: requests.ask,
      onChange: (agentId, projectIds) => parts.here?.agentMoved(agentId, projectIds),
    }),
    people: createPeople({ clock, onChange: (sessionId) => parts.here?.peopleMoved(sessionId) }),
    requests,
    members: createMembers(),
  }
  return { parts, listeners }
}

function hear(parts: Parts, here: Here, { from, message, text }: Heard): void {
  const { following, directory, people, requests } = parts
  switch (message.type) {
    case 'committed': {
      if (!concerns(here, message)) return following.passed(message.sessionIds)
      const committed = hearCommit(text)
      if (committed !== undefined) following.take(committed)
      return
    }
    case 'session':
      return here.sessionChanged(message.session)
    case 'agents':
      return directory.heard(from, message.agents)
    case 'watching':
      return people.heard(from, message.sessions, message.whole)
    case 'agent_request':
      return requests.asked(from, message, text)
    case 'agent_answer':
      return requests.answered(message, text)
    case 'ended':
      return here.ended(message.credentialId)
    case 'bye':
      return gone(parts, from)
    case 'alive':
    case 'hello':
      return
    default:
      message satisfies never
  }
}

/** Most commits concern nobody here, and cost no more than this. */
function concerns(here: Here, said: Extract<BusMessage, { type: 'committed' }>): boolean {
  if (said.sessionIds.some(here.isRead) || said.projectIds.some(here.isWatched)) return true
  return said.inputs && here.connections().length > 0
}

function gone({ members, directory, people, requests }: Parts, relay: string): void {
  members.forget(relay)
  requests.gone(relay)
  directory.gone(relay)
  people.gone(relay)
}
