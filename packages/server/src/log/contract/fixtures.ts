import { randomUUID } from 'node:crypto'
import type { AgentHello, ClaudeCodeOptions, CommandResponse, Page } from '@farhand/shared'
import type { Append, Outcome, PageQuestion, Store } from '../store.ts'

/** A store on the bench, and what the tests do with it again and again. */
export type Bench = {
  store: Store
  now: number
  append(...items: Append[]): Promise<Outcome[]>
  page(sessionId: string, part?: Partial<PageQuestion>): Promise<Page & { head: number }>
  /** Closes the store and opens it again, as a restart does. */
  reopen(): Promise<void>
}

export const PROJECT = '00000000-0000-4000-8000-0000000000b1'
export const AGENT = '00000000-0000-4000-8000-0000000000a1'
const author = { id: 'owner', name: 'Owner' }

export type Ids = { sessionId: string; commandId: string }

export function ids(): Ids {
  return { sessionId: randomUUID(), commandId: randomUUID() }
}

export function hello(part: Partial<AgentHello> = {}): AgentHello {
  return {
    protocol: 1,
    agentId: AGENT,
    connNo: 1,
    bootId: 'boot',
    name: 'laptop',
    host: 'host',
    versions: {},
    projects: [{ projectId: PROJECT, name: 'demo', path: '/demo' }],
    sessions: [],
    ...part,
  }
}

export function command(
  part: Ids & { projectId?: string; bodyHash?: string; expiresAt?: number; options?: ClaudeCodeOptions },
): Append {
  const { expiresAt, ...rest } = part
  return {
    type: 'command',
    projectId: PROJECT,
    prompt: 'hello',
    options: { model: 'opus' },
    workingDirectory: undefined,
    bodyHash: 'hash',
    author,
    expiresAt,
    ...rest,
  }
}

export function input(part: { sessionId: string; inputId: string; kind: 'cancel' | 'setting' | 'queue' }) {
  return {
    type: 'input' as const,
    data: '{}',
    key: undefined,
    digest: undefined,
    bodyHash: 'hash',
    author,
    ...part,
  }
}

export function decision({ sessionId }: Ids, key: string, digest: string): Append {
  return {
    type: 'input',
    sessionId,
    inputId: randomUUID(),
    kind: 'decision',
    data: '{}',
    key,
    digest,
    bodyHash: 'h',
    author,
  }
}

export function response({ sessionId, commandId }: Ids, n: number, part: Partial<CommandResponse> = {}) {
  const said: CommandResponse = {
    sessionId,
    commandId,
    n,
    kind: 'text',
    data: `n ${n}`,
    isComplete: false,
    at: 1,
    ...part,
  }
  return { type: 'response' as const, agentId: AGENT, response: said }
}

export function terminal(session: Ids, n: number): Append {
  return response(session, n, { kind: 'run_finished', data: '{}', isComplete: true })
}
