import type { AgentConnection } from '../agents/agents.ts'
import type { Committed, SessionLog } from '../log/sessionLog.ts'
import type { LogStore } from '../log/store.ts'
import type { Logger } from '../logger.ts'
import { repeat } from '../repeat.ts'
import type { Bus, Heard } from './bus.ts'
import { hearCommit, sayCommit } from './commits.ts'
import { createFollowing } from './following.ts'

/** How often everybody says that they are there, and the log is asked what was not heard of. */
const ROUND_MS = 1_000
/** With a bus that works, inputs that were not heard of are looked for in every so-manyth round only. */
const ROUNDS_PER_LOOK = 5

/** Several relays of one log: each hears what all of them do, and does with it what it does with its own. */
export type Cluster = {
  /** The log. Its listeners hear the commits of all relays. */
  log: SessionLog
  /** A reader who has just come was answered up to this head. */
  noteRead(sessionId: string, head: number): void
  /** From now on it hears the others, and they hear of it. */
  begin(here: Here): void
  close(): Promise<void>
}

/** Whom this relay serves itself. */
export type Here = {
  isRead(sessionId: string): boolean
  read(): Iterable<string>
  isWatched(projectId: string): boolean
  agents(): readonly AgentConnection[]
  /** Hands over what waits for an agent, where that is not under way. */
  handOver(connection: AgentConnection): Promise<void>
}

type Options = {
  bus: Bus
  store: Pick<LogStore, 'page' | 'session' | 'heads'>
  log: SessionLog
  logger: Logger
  onFound(entries: number): void
}

/** One relay alone: it hears itself, without anything between. */
export function alone(log: SessionLog): Cluster {
  return { log, noteRead: () => {}, begin: () => {}, close: () => Promise.resolve() }
}

export function createCluster({ bus, store, log, logger, onFound }: Options): Cluster {
  const listeners = new Set<(committed: Committed) => void>()
  let here: Here | undefined
  let rounds = 0
  let missed = true // whatever was said before this one came

  function emit(committed: Committed): void {
    for (const listener of listeners) {
      try {
        listener(committed)
      } catch (error) {
        logger.error({ err: error }, 'a publication failed') // and must not keep the others from theirs
      }
    }
  }

  const isRead = (sessionId: string): boolean => here?.isRead(sessionId) ?? false
  const following = createFollowing({ store, isRead, emit, onFound, logger })

  function concerns({
    sessionIds,
    projectIds,
    inputs,
  }: {
    sessionIds: string[]
    projectIds: string[]
    inputs: boolean
  }) {
    if (here === undefined) return false
    return (inputs && here.agents().length > 0) || sessionIds.some(here.isRead) || projectIds.some(here.isWatched)
  }

  function hear({ message, text, ...said }: Heard): void {
    if (said.missed) missed = true
    switch (message.type) {
      case 'committed': {
        const committed = concerns(message) ? hearCommit(text) : undefined
        if (committed !== undefined) following.take(committed)
        return
      }
      default:
        return
    }
  }

  async function round(): Promise<void> {
    bus.say({ type: 'alive' })
    following.prune()
    if (here === undefined) return
    const isLook = missed || bus.state() === 'down' || rounds % ROUNDS_PER_LOOK === 0
    missed = false
    rounds += 1
    const read = [...here.read()]
    if (read.length > 0) following.check(await store.heads(read))
    if (isLook) for (const connection of here.agents()) await here.handOver(connection)
  }

  const stopListening = log.onCommitted((committed) => {
    const said = sayCommit(committed)
    if (said !== undefined) bus.say(said.message, said.text)
    following.take(committed)
  })
  let stops: (() => void)[] = [stopListening, following.close]

  return {
    log: {
      ...log,
      onCommitted: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    noteRead: (sessionId, head) => following.noteRead(sessionId, head),
    begin: (those) => {
      here = those
      const onError = (error: unknown): void => logger.warn({ err: error }, 'a look at the log failed')
      stops.push(bus.hear(hear), repeat(round, { everyMs: ROUND_MS, firstAfterMs: 0, onError }))
    },
    close: async () => {
      for (const stop of stops) stop()
      stops = []
      bus.say({ type: 'bye' })
      await bus.close()
    },
  }
}
