import type { Attention, Observer, SessionSummary } from '@farhand/shared'
import type { AgentConnection } from '../agents/agents.ts'
import type { SessionLog } from '../log/sessionLog.ts'
import type { Store } from '../log/store.ts'
import type { Logger } from '../logger.ts'
import type { Bus } from './bus.ts'
import type { SaidAgent } from './messages.ts'

/** What this relay does with what it hears, and whom it serves itself. */
export type Here = {
  isRead(sessionId: string): boolean
  read(): Iterable<string>
  isWatched(projectId: string): boolean
  /** How a project that is watched here stands, after things were missed. */
  projectRead(projectId: string, sessions: readonly SessionSummary[], open: readonly Attention[]): void
  connections(): AgentConnection[]
  sayAgents(): SaidAgent[]
  /** An agent came to another relay, left it or changed there. */
  agentMoved(agentId: string, projectIds: ReadonlySet<string>): void
  /** Hands over what waits for an agent, where that is not under way. */
  handOver(connection: AgentConnection): Promise<void>
  watched(): { sessionId: string; observers: Observer[] }[]
  /** Those who look at a session through other relays changed. */
  peopleMoved(sessionId: string): void
  sessionChanged(session: SessionSummary): void
  ended(credentialId: string): void
}

export type ClusterOptions = {
  bus: Bus
  store: Pick<Store, 'page' | 'session' | 'heads' | 'projects' | 'sessions' | 'openRequests'>
  log: SessionLog
  clock: { now(): number }
  logger: Logger
  /** So many entries were not heard of, and found in the log. */
  onFound(entries: number): void
}
