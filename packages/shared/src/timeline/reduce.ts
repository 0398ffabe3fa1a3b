import {
  parseBody,
  type Body,
  type CancelBody,
  type NoticeBody,
  type RequestResolvedBody,
  type RunFinishedBody,
} from '../types/bodies.ts'
import type { Entry } from '../types/messages.ts'
import { withAttached, withFiles } from './attached.ts'
import { applyQueue, toldOfQueue, wishQueue, type QueueTold } from './queue.ts'
import { joinForgotten } from './forgotten.ts'
import { droppedBy, tellRewound } from './rewind.ts'
import type {
  RequestItem,
  RequestState,
  Run,
  RunState,
  TextItem,
  ThinkingItem,
  Timeline,
  TimelineItem,
  ToolItem,
} from './timeline.ts'

export function emptyTimeline(): Timeline {
  return {
    items: [],
    positions: new Map(),
    runs: new Map(),
    openRequests: [],
    tasks: [],
    queue: [],
    effective: {},
    cursor: 0,
  }
}

/**
 * Folds entries, in the order of their seq and each once, into what a person sees. Pure: the given timeline stays
 * as it is. Folding page by page or all at once gives the same timeline.
 */
export function foldEntries(timeline: Timeline, entries: readonly Entry[]): Timeline {
  if (entries.length === 0) return timeline
  const draft: Draft = {
    ...timeline,
    items: [...timeline.items],
    positions: new Map(timeline.positions),
    runs: new Map(timeline.runs),
    openRequests: [...timeline.openRequests],
    tasks: [...timeline.tasks],
    queue: [...timeline.queue],
  }
  for (const entry of entries) {
    foldOne(draft, entry)
    draft.cursor = entry.seq
  }
  return {
    ...draft,
    openRequests: kept(timeline.openRequests, draft.openRequests),
    tasks: kept(timeline.tasks, draft.tasks),
    queue: kept(timeline.queue, draft.queue),
  }
}

/** The list as it was, where it is the same: whoever shows it need not look again. */
function kept<T>(before: readonly T[], now: readonly T[]): readonly T[] {
  return before.length === now.length && before.every((member, index) => member === now[index]) ? before : now
}

type Draft = {
  -readonly [K in keyof Timeline]: Timeline[K] extends ReadonlyMap<infer Key, infer Value>
    ? Map<Key, Value>
    : Timeline[K] extends readonly (infer Item)[]
      ? Item[]
      : Timeline[K]
}

function foldOne(draft: Draft, entry: Entry): void {
  const parsed = parseBody(entry.kind, entry.response)
  switch (parsed.kind) {
    case 'command':
      put(draft, { ...base(entry, entry.commandId), type: 'message', text: parsed.body, ...authorOf(entry) })
      setRun(draft, entry.commandId, { name: 'waiting' }, entry.at)
      draft.queue.push(entry.commandId)
      break
    case 'prompt': {
      const { text, uuid = entry.commandId } = parsed.body
      put(draft, { ...base(entry, `prompt:${entry.seq}`), commandId: uuid, type: 'message', text, imported: true })
      break
    }
    case 'rewound':
      for (const item of droppedBy(draft.items, draft.runs, parsed.body)) put(draft, item)
      put(draft, {
        ...base(entry, `entry:${entry.seq}`),
        type: 'notice',
        notice: { ...parsed.body, level: 'info', type: 'rewound', message: tellRewound(parsed.body) },
      })
      break
    case 'run_started':
      draft.effective = { ...draft.effective, ...parsed.body }
      setRun(draft, entry.commandId, startedState(draft, entry), entry.at, entry.seq)
      draft.queue = draft.queue.filter((commandId) => commandId !== entry.commandId)
      break
    case 'text':
    case 'thinking':
      foldText(draft, entry, parsed.kind, parsed.body)
      break
    case 'tool_started':
    case 'tool_progress':
    case 'tool_finished':
    case 'decided':
      foldTool(draft, entry, parsed)
      break
    case 'request':
    case 'decision':
    case 'request_resolved':
      foldRequest(draft, entry, parsed)
      break
    case 'cancel':
      foldCancel(draft, entry, parsed.body)
      break
    case 'tasks':
      draft.tasks = parsed.body.items
      break
    case 'notice':
      foldNotice(draft, entry, parsed.body)
      break
    case 'step': {
      const { index, total, name, phase, outcome } = parsed.body
      const message = `Step ${index} of ${total}: ${name}${phase === 'after' ? ` (${outcome ?? 'done'})` : ''}`
      put(draft, {
        ...base(entry, `entry:${entry.seq}`),
        type: 'notice',
        notice: { level: 'info', type: 'step', message },
      })
      break
    }
    case 'run_finished':
      foldRunFinished(draft, entry, parsed.body)
      break
    case 'queue':
      draft.queue = wishQueue(draft.queue, parsed.body)
      if (parsed.body.action === 'confirm') foldConfirm(draft, entry.key, parsed.body.commandId)
      break
    case 'held':
      setRun(draft, entry.commandId, { name: 'waiting', ...heldOf(entry) }, entry.at - parsed.body.waitedMs)
      break
    case 'attached': {
      const message = withFiles(find(draft, parsed.body.commandId), parsed.body)
      if (message !== undefined) put(draft, message)
      break
    }
    case 'setting':
    case 'rewind':
    case 'revoke':
      // A wish: what came of it is told by the agent's own entries.
      break
    case 'unknown':
      put(draft, {
        ...base(entry, `entry:${entry.seq}`),
        type: 'unknown',
        kind: entry.kind,
        body: entry.response,
        reason: parsed.reason,
      })
      break
    default:
      parsed satisfies never
  }
}

function foldNotice(draft: Draft, entry: Entry, notice: NoticeBody): void {
  const { type, model, permissionMode, effort } = notice
  if (type === 'setting') {
    draft.effective = {
      ...draft.effective,
      ...(typeof model === 'string' ? { model } : {}),
      ...(typeof permissionMode === 'string' ? { permissionMode } : {}),
      ...(typeof effort === 'string' ? { effort } : {}),
    }
  }
  foldQueue(draft, toldOfQueue(notice))
  const message = withAttached(find(draft, entry.commandId), notice)
  if (message !== undefined) return put(draft, message)
  const item = { ...base(entry, `entry:${entry.seq}`), type: 'notice' as const, notice }
  put(draft, joinForgotten(draft.items.at(-1), item))
}

// --- Text -----------------------------------------------------------------------------------------------------------

/** Deltas of a key add up; its record (`final`) replaces them with the whole text. */
function foldText(draft: Draft, entry: Entry, type: 'text' | 'thinking', text: string): void {
  const id = entry.key === undefined ? `entry:${entry.seq}` : `${type}:${entry.commandId}:${entry.key}`
  const known = find(draft, id)
  const before = known?.type === type ? known : undefined
  const done = entry.final === true || entry.key === undefined
  if (before?.done === true && !done) return // a delta that its record has superseded already
  const whole = done ? text : (before?.text ?? '') + text
  const item: TextItem | ThinkingItem =
    type === 'text'
      ? { ...base(entry, id), type, text: whole, done, ...subagentOf(entry.key) }
      : {
          ...base(entry, id),
          type,
          text: whole,
          done,
          ...(done ? { endedAt: Math.max(entry.at, before?.at ?? 0) } : {}),
        }
  put(draft, before === undefined ? item : { ...item, at: before.at, seq: before.seq })
}

/** Text of a subagent has the key `<its tool use>/<message>:<block>`, because a text's body is the text alone. */
function subagentOf(key: string | undefined): { parentToolUseId?: string } {
  const slash = key?.indexOf('/') ?? -1
  return key === undefined || slash <= 0 ? {} : { parentToolUseId: key.slice(0, slash) }
}

// --- Tools ----------------------------------------------------------------------------------------------------------

type ToolBody = Extract<Body, { kind: 'tool_started' | 'tool_progress' | 'tool_finished' | 'decided' }>

function foldTool(draft: Draft, entry: Entry, parsed: ToolBody): void {
  const { toolUseId } = parsed.body
  const id = `tool:${toolUseId}`
  const known = find(draft, id)
  const tool: ToolItem =
    known?.type === 'tool'
      ? known
      : // A result or progress whose start was never told is shown all the same.
        { ...base(entry, id), type: 'tool', toolUseId, tool: 'Unknown tool', input: {}, state: 'running' }
  switch (parsed.kind) {
    case 'tool_started': {
      const { tool: name, input, parentToolUseId } = parsed.body
      put(draft, { ...tool, tool: name, input, ...(parentToolUseId === undefined ? {} : { parentToolUseId }) })
      break
    }
    case 'tool_progress':
      put(draft, { ...tool, progressAt: entry.at })
      break
    case 'tool_finished':
      put(draft, {
        ...tool,
        state: parsed.body.isError ? 'failed' : 'done',
        result: parsed.body,
        endedAt: Math.max(entry.at, tool.at), // no clock that jumps makes a duration negative
      })
      break
    case 'decided':
      put(draft, { ...tool, decided: parsed.body })
      break
    default:
      parsed satisfies never
  }
}

// --- Requests -------------------------------------------------------------------------------------------------------

type RequestBodies = Extract<Body, { kind: 'request' | 'decision' | 'request_resolved' }>

function foldRequest(draft: Draft, entry: Entry, parsed: RequestBodies): void {
  const id = `request:${parsed.body.requestId}`
  const known = find(draft, id)
  if (parsed.kind === 'request') {
    const { requestId, digest } = parsed.body
    setRequest(draft, {
      ...base(entry, id),
      type: 'request',
      requestId,
      digest,
      request: parsed.body,
      state: { name: 'open' },
    })
    return
  }
  if (known?.type !== 'request') return // its request lies before what this reader has read
  if (parsed.kind === 'decision') {
    if (known.state.name !== 'open') return
    const { behavior, message, scope, rule, forMs } = parsed.body
    setRequest(draft, {
      ...known,
      state: {
        name: 'decided',
        behavior,
        at: entry.at,
        ...(entry.author === undefined ? {} : { by: entry.author }),
        ...(message === undefined ? {} : { message }),
        ...(scope === undefined ? {} : { scope }),
        ...(rule === undefined ? {} : { rule }),
        ...(forMs === undefined ? {} : { forMs }),
      },
    })
    return
  }
  setRequest(draft, { ...known, state: resolvedState(known, parsed.body, entry.at) })
}

function resolvedState(request: RequestItem, resolution: RequestResolvedBody, at: number): RequestState {
  const decided = request.state.name === 'decided' ? request.state : undefined
  const by = resolution.by ?? decided?.by
  const message = resolution.message ?? decided?.message
  return {
    name: 'resolved',
    resolution,
    at,
    ...(by === undefined ? {} : { by }),
    ...(message === undefined ? {} : { message }),
  }
}

function setRequest(draft: Draft, request: RequestItem): void {
  put(draft, request)
  draft.openRequests = draft.openRequests.filter((open) => open.id !== request.id)
  if (request.state.name === 'open') draft.openRequests.push(request)
}

// --- Runs -----------------------------------------------------------------------------------------------------------

/** A stop that came before the start is still wanted. */
function startedState(draft: Draft, { commandId, at }: Entry): RunState {
  const before = draft.runs.get(commandId)?.state
  return before?.name === 'stopping' ? before : { name: 'running', since: at }
}

/** A repeat is the same wish, unless it is a sharper one. */
function foldCancel(draft: Draft, { at, author }: Entry, { commandId, force }: CancelBody): void {
  const run = draft.runs.get(commandId)
  if (run === undefined || isOver(run.state)) return
  const before: RunState =
    run.state.name === 'stopping'
      ? run.state
      : { name: 'stopping', since: at, ...(author === undefined ? {} : { by: author }) }
  setRun(draft, commandId, force === true ? { forcedAt: at, ...before } : before, run.acceptedAt)
}

function heldOf({ key, at }: Entry): { held?: { key: string; since: number } } {
  return key === undefined ? {} : { held: { key, since: at } }
}

/** Somebody said that a held command is wanted: it waits for its turn again. */
function foldConfirm(draft: Draft, key: string | undefined, commandId: string): void {
  const run = draft.runs.get(commandId)
  if (run?.state.name !== 'waiting' || run.state.held?.key !== key) return
  setRun(draft, commandId, { name: 'waiting' }, run.acceptedAt)
}

/** A command that waits may be changed; what was run is told as it was run. */
function foldQueue(draft: Draft, told: QueueTold | undefined): void {
  if (told === undefined) return
  draft.queue = applyQueue(draft.queue, told)
  const message = find(draft, told.commandId)
  if (told.action !== 'edit' || told.command === undefined || message?.type !== 'message') return
  put(draft, { ...message, text: told.command, edited: true })
}

function foldRunFinished(draft: Draft, entry: Entry, body: RunFinishedBody): void {
  const { commandId, at } = entry
  settleItems(draft, commandId, at)
  draft.queue = draft.queue.filter((waiting) => waiting !== commandId)
  // The late end of a command that the relay had ended before has no status of its own.
  const failed = entry.status === 'error' || entry.code !== undefined || body.error !== undefined
  const state: RunState = failed
    ? { name: 'failed', at, code: entry.code ?? body.error?.code ?? 'INTERNAL', body }
    : { name: 'complete', at, body }
  setRun(draft, commandId, state, at)
  put(draft, {
    ...base(entry, `end:${commandId}`),
    type: 'run_end',
    status: failed ? 'error' : 'complete',
    ...(entry.code === undefined ? {} : { code: entry.code }),
    body,
  })
}

/** What a run leaves open when it ends can't be finished by anybody any more. */
function settleItems(draft: Draft, commandId: string, at: number): void {
  const start = draft.positions.get(commandId) ?? 0
  for (const item of draft.items.slice(start)) {
    if (item.commandId !== commandId) continue
    if (item.type === 'tool' && item.state === 'running') put(draft, { ...item, state: 'lost', endedAt: at })
    else if ((item.type === 'text' || item.type === 'thinking') && !item.done) put(draft, { ...item, done: true })
    else if (item.type === 'request' && item.state.name !== 'resolved') {
      const resolution: RequestResolvedBody = { requestId: item.requestId, outcome: 'cancelled' }
      setRequest(draft, { ...item, state: resolvedState(item, resolution, at) })
    }
  }
}

function setRun(draft: Draft, commandId: string, state: RunState, at: number, seq?: number): void {
  const before: Run | undefined = draft.runs.get(commandId)
  const startedSeq = before?.startedSeq ?? seq
  const started = startedSeq === undefined ? {} : { startedSeq }
  draft.runs.set(commandId, { commandId, state, acceptedAt: before?.acceptedAt ?? at, ...started })
}

export function isOver(state: RunState): boolean {
  return state.name === 'complete' || state.name === 'failed'
}

// --- Items ----------------------------------------------------------------------------------------------------------

function base(entry: Entry, id: string): { id: string; commandId: string; at: number; seq: number } {
  return { id, commandId: entry.commandId, at: entry.at, seq: entry.seq }
}

function authorOf(entry: Entry): { author?: NonNullable<Entry['author']> } {
  return entry.author === undefined ? {} : { author: entry.author }
}

function find(draft: Draft, id: string): TimelineItem | undefined {
  const position = draft.positions.get(id)
  return position === undefined ? undefined : draft.items[position]
}

/** Adds an item at the end, or replaces the one with its id where it stands. */
function put(draft: Draft, item: TimelineItem): void {
  const position = draft.positions.get(item.id)
  if (position === undefined) {
    draft.positions.set(item.id, draft.items.length)
    draft.items.push(item)
  } else {
    draft.items[position] = item
  }
}
