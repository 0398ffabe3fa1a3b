import type { AgentCommand, CommandResponse } from '@farhand/shared'
import type { InboxStore, StoredInput } from '../../../packages/agent/src/spool/inbox.ts'
import type { OutboxStore, Position } from '../../../packages/agent/src/spool/outbox.ts'
import type { SessionRecord, SessionRecords } from '../../../packages/agent/src/spool/sessionRecords.ts'
import type { Spool } from '../../../packages/agent/src/spool/spool.ts'
import type { Code } from '../code.ts'
import { AGENT, PROJECT } from '../ids.ts'
import { note, type Truth } from '../truth.ts'
import type { Disk } from './disk.ts'

/**
 * The agent's spool over a disk of maps, as `packages/agent/src/spool` does it over SQLite: what is written waits for the
 * next commit, what is written "now" takes all that waits with it, and a crash loses what waits.
 */
export type ModelSpool = Spool & {
  /** Writes what waits. Answers whether there was anything. */
  commit(): boolean
}

type Commits = { write(change: () => void): void; now(change: () => void): void }
type Parts = { code: Code; disk: Disk; clock: { now(): number }; truth: Truth }

export function createSpool(parts: Parts): ModelSpool {
  const { disk, code } = parts
  const listeners = new Set<() => void>()
  let waiting: (() => void)[] = []

  function commit(more: readonly (() => void)[]): void {
    const changes = [...waiting, ...more]
    waiting = []
    for (const change of changes) change()
    for (const listener of listeners) listener()
  }
  const commits: Commits = { write: (change) => waiting.push(change), now: (change) => commit([change]) }

  return {
    registry: {
      agentId: AGENT,
      nextConnNo() {
        if (!code.slips.has('agent reuses its connection number')) disk.connNo += 1
        return Math.max(1, disk.connNo)
      },
      projectId: () => PROJECT,
    },
    outbox: createOutbox(parts, commits),
    inbox: createInbox(parts, commits),
    sessions: createRecords(),
    requests: {
      add: (request) => commits.write(() => disk.requests.set(request.requestId, request)),
      remove: (requestId) => commits.now(() => disk.requests.delete(requestId)),
      list: () => [...disk.requests.values()],
    },
    onCommitted(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    // No policy, no imported history and no damage in this world.
    facts: {
      get: () => ({}),
      set: () => {},
      forget: () => {},
      all: () => [],
      ofProject: () => ({}),
      setOfProject: () => {},
      sessionOf: () => undefined,
    },
    grants: { add: () => {}, active: () => [], end: () => undefined, forget: () => {} },
    toolCalls: { record: () => {}, list: () => [] },
    quarantined: undefined,
    onFailed: () => () => {},
    onDamaged: () => () => {},
    close: () => commit([]),
    commit() {
      if (waiting.length === 0) return false
      // One by one where the end of a command and its response should have been one commit.
      if (code.slips.has('agent finishes in two commits')) waiting.shift()?.()
      else commit([])
      for (const listener of listeners) listener()
      return true
    },
  }
}

function createOutbox({ disk, truth, code }: Parts, commits: Commits): OutboxStore {
  /** The newest number given out, which may not be committed yet. */
  const given = new Map<string, number>()
  const position = (sessionId: string): Position => ({
    sessionId,
    ...(disk.positions.get(sessionId) ?? { acked: 0, last: 0 }),
  })
  const positions = (): Position[] => [...disk.positions.keys()].map(position)

  return {
    append(sessionId, commandId, at, responses) {
      const before = given.get(sessionId) ?? position(sessionId).last
      const whole = responses.map((response, index): CommandResponse => ({
        type: 'command_response',
        sessionId,
        commandId,
        n: before + index + 1,
        ...response,
        at,
      }))
      const last = before + whole.length
      given.set(sessionId, last)
      commits.write(() => {
        const rows = mapIn(disk.outbox, sessionId)
        const produced = mapIn(truth.produced, sessionId)
        for (const response of whole) {
          if (produced.has(response.n)) note(truth, 'I1', `n ${response.n} was given to two responses`)
          rows.set(response.n, response)
          produced.set(response.n, response)
        }
        disk.positions.set(sessionId, { ...position(sessionId), last })
      })
    },
    positions,
    unsent: () => positions().filter(({ acked, last }) => acked < last),
    position,
    read(sessionId, from, to) {
      const { acked } = position(sessionId)
      const responses: CommandResponse[] = []
      for (let n = from; n <= Math.min(to, acked); n += 1) responses.push(forgotten(sessionId, n))
      for (let n = Math.max(from, acked + 1); n <= to; n += 1) {
        const row = disk.outbox.get(sessionId)?.get(n)
        if (row !== undefined) responses.push(row)
      }
      if (code.slips.has('agent forgets what it sent'))
        for (const { n } of responses) disk.outbox.get(sessionId)?.delete(n)
      return { responses, bytes: responses.length }
    },
    adopt: () => {},
    // No session is deleted in this world.
    drop: () => {},
    forget(sessionId, upTo) {
      commits.write(() => {
        const rows = disk.outbox.get(sessionId)
        for (const n of rows?.keys() ?? []) if (n <= upTo) rows?.delete(n)
        const { acked, last } = position(sessionId)
        disk.positions.set(sessionId, { acked: Math.max(acked, upTo), last })
      })
    },
  }
}

function createInbox({ disk, clock, code }: Parts, commits: Commits): InboxStore {
  const none = code.slips.has('agent has no inbox')
  const setState = (inputId: string, state: 'started' | 'done', from?: 'accepted'): void => {
    const row = disk.inbox.get(inputId)
    if (row !== undefined && (from === undefined || row.state === from)) disk.inbox.set(inputId, { ...row, state })
  }
  return {
    accept(inputs: readonly AgentCommand[]): StoredInput[] {
      const fresh = code.freshInputs(inputs, (inputId) => disk.inbox.has(inputId), clock.now())
      if (fresh.length === 0 || none) return fresh
      commits.now(() => {
        for (const item of fresh) {
          if (!disk.inbox.has(item.input.inputId)) disk.inbox.set(item.input.inputId, { ...item, state: 'accepted' })
        }
      })
      return fresh
    },
    start: (inputId) =>
      commits.now(() => {
        if (!code.slips.has('agent runs again after a crash')) setState(inputId, 'started', 'accepted')
      }),
    finish: (inputId) => commits.write(() => setState(inputId, 'done')),
    openCommands: () =>
      [...disk.inbox.values()]
        .filter(({ state, input }) => state !== 'done' && input.kind === 'command')
        .map(({ input }) => input.inputId),
    isDone: (inputId) => disk.inbox.get(inputId)?.state === 'done',
    edit: (item) =>
      commits.write(() => {
        if (code.slips.has('agent keeps changes in memory')) return
        const row = disk.inbox.get(item.input.inputId)
        if (row?.state === 'accepted') disk.inbox.set(item.input.inputId, { ...item, state: 'accepted' })
      }),
    open: (state) =>
      [...disk.inbox.values()]
        .filter((row) => row.state === state)
        .toSorted(
          (a, b) =>
            compare(a.input.sessionId, b.input.sessionId) ||
            a.position - b.position ||
            compare(a.input.inputId, b.input.inputId),
        ),
  }
}

/** Nothing of this outlives a run in the model: it has no Claude Code session to go on with. */
function createRecords(): SessionRecords {
  const records = new Map<string, SessionRecord>()
  const get = (sessionId: string): SessionRecord => records.get(sessionId) ?? { settings: {}, costUsd: 0 }
  return {
    get,
    update: (sessionId, change) => void records.set(sessionId, { ...get(sessionId), ...change }),
    forgetConversation: (sessionId) => void records.delete(sessionId),
    mark: () => {},
    markers: () => [],
  }
}

/** As in `packages/agent/src/spool/outbox.ts`. */
function forgotten(sessionId: string, n: number): CommandResponse {
  const data = JSON.stringify({ level: 'warning', type: 'forgotten', message: 'lost' })
  const place = { type: 'command_response', sessionId, commandId: sessionId, n } as const
  return { ...place, kind: 'notice', data, isComplete: false, status: 'streaming', at: 0 }
}

function mapIn<Key, Value>(maps: Map<string, Map<Key, Value>>, name: string): Map<Key, Value> {
  const known = maps.get(name) ?? new Map<Key, Value>()
  maps.set(name, known)
  return known
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
