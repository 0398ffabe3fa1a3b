import type {
  Ack,
  AgentCommand,
  AgentHello,
  CommandAccepted,
  CommandResponse,
  Entry,
  HelloAccepted,
  Page,
  Subscription,
} from '@farhand/shared'

/**
 * A connection with two ends, each of which may believe in it longer than the other (half open). What is under way stays
 * in order. An end that is gone takes nothing; what its partner sent before still arrives late.
 */
export type Link<Up = unknown, Down = unknown> = {
  no: number
  up: Up[]
  down: Down[]
  /** The end at the browser or the agent. */
  here: boolean
  /** The end at the relay. */
  there: boolean
}

export type BrowserLink = Link<BrowserSays, BrowserHears> & {
  /** When the credential that it was opened with ended. */
  endedAt?: number
}
export type AgentLink = Link<AgentSays, AgentHears>

export type BrowserSays =
  | {
      type: 'command'
      ask: number
      commandId: string
      sessionId: string
      prompt: string
      expiresAt: number | undefined
    }
  | { type: 'input'; ask: number; sessionId: string; input: BrowserInput }
  | {
      type: 'subscribe'
      ask: number
      sessionId: string
      after?: number
      tail?: number
      logEpoch?: string
      detail: Detail
    }
  | { type: 'read'; ask: number; sessionId: string; after: number }

export type Detail = 'full' | 'final'
export type BrowserInput = {
  inputId: string
  kind: 'cancel' | 'decision' | 'queue'
  data: string
  key: string
  digest: string | undefined
}

export type BrowserHears =
  | { type: 'answer'; ask: number; answer: Ack<Answer> }
  | { type: 'entries'; sessionId: string; entries: Entry[] }
  | { type: 'heads'; logEpoch: string; heads: Map<string, number> }
  | { type: 'goodbye' }

export type Answer =
  | { of: 'command'; accepted: CommandAccepted }
  | { of: 'input'; seq: number }
  | { of: 'subscribe'; subscription: Subscription }
  | { of: 'read'; page: Page }

export type AgentSays =
  | { type: 'hello'; hello: AgentHello }
  | { type: 'responses'; responses: CommandResponse[] }
  | { type: 'took'; offer: number; ended?: number }

export type AgentHears =
  | { type: 'hello_answer'; answer: Ack<HelloAccepted> }
  | { type: 'command'; offer: number; input: AgentCommand }
  | { type: 'ack'; sessionId: string; n: number }
  | { type: 'gap'; sessionId: string; lastN: number }
  | { type: 'fenced' }
  | { type: 'goodbye'; code: string }

export function openLink<Up, Down>(no: number): Link<Up, Down> {
  return { no, up: [], down: [], here: true, there: true }
}

/** The next message for the relay, if its end is there to hear it. */
export function takeUp<Up>(link: Link<Up>): Up | undefined {
  if (!link.there) link.up.length = 0
  return link.up.shift()
}

export function takeDown<Down>(link: Link<unknown, Down>): Down | undefined {
  if (!link.here) link.down.length = 0
  return link.down.shift()
}

export function isDead(link: Link): boolean {
  return !link.here && !link.there
}
