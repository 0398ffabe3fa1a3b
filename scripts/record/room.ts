import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import {
  entrySchema,
  projectSchema,
  requestBodySchema,
  type ClaudeCodeOptions,
  type DecisionBody,
  type Entry,
} from '@farhand/shared'
import { z } from 'zod'

const LOOK_EVERY_MS = 50
const SCENE_LIMIT_MS = 60_000

const projectsSchema = z.object({ projects: z.array(projectSchema) })
const acceptedSchema = z.object({ sessionId: z.string(), commandId: z.string() })
const pageSchema = z.object({ entries: z.array(entrySchema), to: z.number(), head: z.number() })

/** What waits for an answer; `key` and `digest` are what an answer has to name. */
export type OpenRequest = { key: string; digest: string; requestId: string; input: Record<string, unknown> }

/** One session of a relay, as a scene uses it: over plain HTTP, as any client would. */
export type Room = {
  say(command: string, options?: ClaudeCodeOptions): Promise<string>
  stop(commandId: string): Promise<void>
  /** The oldest request that nobody has answered, as soon as there is one. */
  request(): Promise<OpenRequest>
  decide(request: OpenRequest, decision: Omit<DecisionBody, 'requestId' | 'digest'>): Promise<void>
  /** As soon as one fits. */
  until(fits: (entry: Entry) => boolean): Promise<Entry>
  ended(commandId: string): Promise<void>
  entries(): Promise<Entry[]>
}

export async function openRoom(relay: { url: string; ownerToken: string }): Promise<Room> {
  const call = callerOf(relay)
  const { projects } = projectsSchema.parse(await call('GET', '/api/projects'))
  const [project] = projects
  if (project === undefined) throw new Error('no project is served')
  const sessionId = randomUUID()

  async function entries(): Promise<Entry[]> {
    const all: Entry[] = []
    for (let after = 0, head = 1; after < head;) {
      const page = pageSchema.parse(await call('GET', `/api/sessions/${sessionId}/entries?after=${after}`))
      all.push(...page.entries)
      ;[after, head] = [page.to, page.head]
    }
    return all
  }

  async function eventually<T>(look: (all: Entry[]) => T | undefined): Promise<T> {
    const deadline = Date.now() + SCENE_LIMIT_MS
    for (;;) {
      const found = look(await entries())
      if (found !== undefined) return found
      if (Date.now() > deadline) throw new Error('what the scene waits for did not come')
      await pause(LOOK_EVERY_MS)
    }
  }

  const send = (kind: string, key: string, data: object, digest?: string) =>
    call('POST', `/api/sessions/${sessionId}/inputs`, {
      kind,
      key,
      data: JSON.stringify(data),
      ...(digest && { digest }),
    })
  const until = (fits: (entry: Entry) => boolean) => eventually((all) => all.find(fits))

  return {
    say: async (command, options = {}) => {
      const path = `/api/projects/${project.projectId}/commands`
      return acceptedSchema.parse(await call('POST', path, { command, sessionId, options })).commandId
    },
    stop: async (commandId) => void (await send('cancel', commandId, { commandId })),
    request: () => eventually(openRequest),
    decide: async ({ key, digest, requestId }, decision) =>
      void (await send('decision', key, { requestId, digest, ...decision }, digest)),
    until,
    ended: async (commandId) =>
      void (await until((entry) => entry.commandId === commandId && entry.status !== 'streaming')),
    entries,
  }
}

function openRequest(all: readonly Entry[]): OpenRequest | undefined {
  const isAnswer = ({ kind }: Entry): boolean => kind === 'request_resolved' || kind === 'decision'
  const answered = new Set(all.filter(isAnswer).map(({ key }) => key))
  const open = all.find(({ kind, key }) => kind === 'request' && !answered.has(key))
  if (open?.key === undefined || open.digest === undefined) return undefined
  const { requestId, input } = requestBodySchema.parse(JSON.parse(open.response))
  return { key: open.key, digest: open.digest, requestId, input }
}

function callerOf({ url, ownerToken }: { url: string; ownerToken: string }) {
  return async (method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> => {
    const response = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${ownerToken}`, 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return await response.json()
  }
}
