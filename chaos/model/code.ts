import { stepSubscriber } from '../../packages/shared/src/protocols/subscriber.ts'
import { createDrain } from '../../packages/agent/src/websocket/drain.ts'
import { endWhatBegan } from '../../packages/agent/src/sessions/recover.ts'
import { createSessions } from '../../packages/agent/src/sessions/sessions.ts'
import { freshInputs } from '../../packages/agent/src/spool/inboxRules.ts'
import { createAgents, type AgentConnection, type Agents } from '../../packages/server/src/agents/agents.ts'
import { decideAnswers } from '../../packages/server/src/agents/answers.ts'
import { decideLost, splitLost } from '../../packages/server/src/agents/resync.ts'
import { decideOffer } from '../../packages/server/src/agents/offer.ts'
import {
  acceptCommand,
  acceptExpiry,
  acceptInput,
  acceptResponse,
  entryStatus,
} from '../../packages/server/src/log/accept.ts'
import { decideBeginning } from '../../packages/server/src/log/beginning.ts'
import { decideHello } from '../../packages/server/src/log/hello.ts'
import { finalHead, hear } from '../../packages/server/src/websocket/finalDetail.ts'
import { dueItems, mayPass } from '../../packages/web/src/stores/outboxRules.ts'

/** The deciding code of the product, as the world calls it. A fault is a changed copy of this. */
export const REAL = {
  // relay
  acceptCommand,
  acceptInput,
  acceptResponse,
  acceptExpiry,
  entryStatus,
  decideHello,
  decideBeginning,
  decideOffer,
  decideLost,
  splitLost,
  decideAnswers,
  createAgents,
  isCurrent: (agents: Agents, connection: AgentConnection): boolean => agents.isCurrent(connection),
  hear,
  finalHead,
  // agent
  createSessions,
  createDrain,
  freshInputs,
  endWhatBegan,
  // browser
  stepSubscriber,
  dueItems,
  mayPass,
  /** What the thin parts do wrong: the order of effects, and what is kept where. */
  slips: new Set<Slip>() as ReadonlySet<Slip>,
}

export type Code = typeof REAL

/** Faults that are not in one deciding function but between them. */
export type Slip =
  | 'acknowledges before the commit'
  | 'publishes before the commit'
  | 'commits without reaching the disk'
  | 'knows inputs in memory only'
  | 'keeps requests in memory only'
  | 'sends no heads'
  | 'lets rights end without a look'
  | 'does not fence'
  | 'drops the record with its previews'
  | 'counts a page that skips'
  | 'says the wrong number in a gap'
  | 'acknowledges responses beyond the log'
  | 'agent keeps responses in memory'
  | 'agent acknowledges before the inbox'
  | 'agent acts before the inbox'
  | 'agent has no inbox'
  | 'agent forgets what it sent'
  | 'agent forgets what began'
  | 'agent runs again after a crash'
  | 'agent finishes in two commits'
  | 'agent reuses its connection number'
  | 'agent keeps changes in memory'
  | 'agent says nothing of what had ended'
  | 'forgets commands that the agent does not hold'
  | 'browser keeps its outbox in memory'
  | 'browser forgets what it sent'
  | 'browser makes a new id for a repeat'
