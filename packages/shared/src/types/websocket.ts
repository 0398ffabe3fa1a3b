import type { WireError } from '../protocols/errors.ts'
import type {
  AckResponses,
  AgentCommand,
  AgentHello,
  AgentRequest,
  AgentStatus,
  AskAgent,
  Author,
  CommandResponse,
  Entry,
  ExecuteCommand,
  Fenced,
  Gap,
  Goodbye,
  Heads,
  HelloAccepted,
  ListProjects,
  Page,
  Presence,
  PresenceUpdate,
  Probe,
  Project,
  ProjectSnapshot,
  ProjectUpdate,
  Read,
  SendInput,
  Subscribe,
  Subscription,
  Unsubscribe,
  UpdateSession,
  WatchProject,
  Welcome,
} from './messages.ts'

/**
 * HOW it is carried: the four event maps, bound on both ends.
 * A new feature is a new entry kind, not a new event here.
 */

/** Every request is acknowledged, always, and either way. */
export type Ack<T = object> = ({ ok: true } & T) | { ok: false; error: WireError }
export type AckFn<T = object> = (answer: Ack<T>) => void

export type CommandAccepted = { commandId: string; sessionId: string; seq: number }

/** `ended`: the command had ended here already, and what was said about it has no number above this one. */
export type InputTaken = { ended?: number }

export type BrowserToServer = {
  execute_command: (payload: ExecuteCommand, ack: AckFn<CommandAccepted>) => void
  send_input: (payload: SendInput, ack: AckFn<{ seq: number }>) => void
  subscribe: (payload: Subscribe, ack: AckFn<Subscription>) => void
  read: (payload: Read, ack: AckFn<Page>) => void
  unsubscribe: (payload: Unsubscribe, ack: AckFn) => void
  watch_project: (payload: WatchProject, ack: AckFn<ProjectSnapshot>) => void
  list_projects: (payload: ListProjects, ack: AckFn<{ projects: Project[] }>) => void
  ask_agent: (payload: AskAgent, ack: AckFn<{ result: unknown }>) => void
  update_session: (payload: UpdateSession, ack: AckFn) => void
  presence: (payload: Presence, ack: AckFn) => void
  probe: (payload: Probe, ack: AckFn<{ serverTime: number }>) => void
}

export type ServerToBrowser = {
  welcome: (payload: Welcome) => void
  command_result: (payload: Entry | Entry[]) => void
  project_update: (payload: ProjectUpdate) => void
  presence_update: (payload: PresenceUpdate) => void
  heads: (payload: Heads) => void
  goodbye: (payload: Goodbye) => void
}

export type AgentToServer = {
  agent_hello: (payload: AgentHello, ack: AckFn<HelloAccepted>) => void
  command_response: (payload: CommandResponse | CommandResponse[]) => void
  agent_status: (payload: AgentStatus) => void
}

export type ServerToAgent = {
  agent_command: (payload: AgentCommand, ack: AckFn<InputTaken>) => void
  agent_request: (payload: AgentRequest, ack: AckFn<{ result: unknown }>) => void
  ack_responses: (payload: AckResponses) => void
  gap: (payload: Gap) => void
  fenced: (payload: Fenced) => void
  goodbye: (payload: Goodbye) => void
}

/** What the relay knows of a browser's or client's socket once it has proved itself. */
export type BrowserSocketData = { principal: Author; credentialId: string }

/** What the relay knows of an agent's socket. `epoch` is 0 until its hello was accepted. */
export type AgentSocketData = { agentId: string; connNo: number; tokenId: string; epoch: number }
