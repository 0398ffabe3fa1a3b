import type { Entry, FarhandError } from '@farhand/shared'
import {
  openSubscriber,
  type Start,
  type Subscriber,
  type SubscriberInput,
} from '../../../packages/shared/src/protocols/subscriber.ts'
import type { Code } from '../code.ts'
import { uuid } from '../ids.ts'
import { openLink, type Answer, type BrowserHears, type BrowserInput, type BrowserLink, type Detail } from '../links.ts'
import { note, type Truth } from '../truth.ts'

/** What a browser keeps when it is closed: the commands that are not acknowledged, oldest first. */
export type BrowserDisk = Map<string, Kept>
export type Kept = {
  commandId: string
  sessionId: string
  prompt: string
  expiresAt: number | undefined
  failure?: string
}
type Item = Kept & { state: 'saving' | 'kept' | 'sending' | 'sent' | 'failed' }

export type Reader = { sessionId: string; detail: Detail; start: Start }
/** What a reader has put together. */
export type Reading = Reader & { subscriber: Subscriber; applied: Entry[]; from: number; retry: boolean }

/** One life of a tab: everything in here is gone when it is closed; the disk stays. */
export type Browser = {
  readings: Reading[]
  dial(no: number): BrowserLink
  link(): BrowserLink | undefined
  lost(link: BrowserLink): void
  hear(link: BrowserLink, said: BrowserHears): void
  type(command: Kept): void
  input(sessionId: string, input: BrowserInput): void
  /** One step inside: what was typed reaches the disk. */
  work(): boolean
  /** An answer takes too long; the same is asked again. */
  timeOut(pick: number): boolean
  /** Pauses are over. */
  retry(): void
}

type Asked =
  | { of: 'command'; commandId: string; sessionId: string }
  | { of: 'input'; sessionId: string; input: BrowserInput }
  | { of: 'subscribed' | 'page'; reading: Reading; asked: number }

type State = {
  no: number
  code: Code
  disk: BrowserDisk
  truth: Truth
  readings: Reading[]
  items: Item[]
  sending: Set<string>
  paused: Set<string>
  inputs: { sessionId: string; input: BrowserInput; asked: boolean }[]
  saving: (() => void)[]
  pending: Map<number, Asked>
  link: BrowserLink | undefined
  asks: number
}

export function createBrowser(
  parts: Pick<State, 'no' | 'code' | 'disk' | 'truth'> & { readers: readonly Reader[] },
): Browser {
  const { code, disk } = parts
  const kept = code.slips.has('browser keeps its outbox in memory') ? [] : [...disk.values()]
  const state: State = {
    ...parts,
    readings: parts.readers.map((reader) => ({
      ...reader,
      subscriber: openSubscriber(reader.start),
      applied: [],
      from: 0,
      retry: false,
    })),
    items: kept.map((item) => ({ ...item, state: item.failure === undefined ? 'kept' : 'failed' })),
    sending: new Set(),
    paused: new Set(),
    inputs: [],
    saving: [],
    pending: new Map(),
    link: undefined,
    asks: 0,
  }
  return {
    readings: state.readings,
    dial: (no) => dial(state, no),
    link: () => state.link,
    lost: (link) => lost(state, link),
    hear: (link, said) => hear(state, link, said),
    type: (command) => type(state, command),
    input(sessionId, input) {
      state.inputs.push({ sessionId, input, asked: false })
      flush(state)
    },
    work() {
      const next = state.saving.shift()
      next?.()
      return next !== undefined
    },
    timeOut(pick) {
      const [ask, asked] = [...state.pending][pick % Math.max(1, state.pending.size)] ?? []
      if (ask === undefined || asked === undefined) return false
      state.pending.delete(ask)
      failed(state, asked, 'TIMEOUT_TOTAL')
      return true
    },
    retry() {
      state.paused.clear()
      flush(state)
      for (const reading of state.readings) {
        if (!reading.retry) continue
        reading.retry = false
        if (state.link !== undefined) put(state, reading, { type: 'connected' })
      }
    },
  }
}

function dial(state: State, no: number): BrowserLink {
  if (state.link !== undefined) lost(state, state.link)
  const link: BrowserLink = openLink(no)
  state.link = link
  state.paused.clear()
  flush(state)
  for (const reading of state.readings) put(state, reading, { type: 'connected' })
  return link
}

function lost(state: State, link: BrowserLink): void {
  if (state.link !== link) return
  link.here = false
  state.link = undefined
  const asked = [...state.pending.values()]
  state.pending.clear()
  for (const one of asked) failed(state, one, 'UNREACHABLE')
  for (const reading of state.readings) {
    reading.retry = false
    put(state, reading, { type: 'disconnected' })
  }
}

function hear(state: State, link: BrowserLink, said: BrowserHears): void {
  if (state.link !== link) return
  switch (said.type) {
    case 'answer': {
      const asked = state.pending.get(said.ask)
      if (asked === undefined || !state.pending.delete(said.ask)) return
      if (said.answer.ok) answered(state, asked, said.answer)
      else failed(state, asked, said.answer.error.code)
      break
    }
    case 'entries':
      for (const reading of state.readings) {
        if (reading.sessionId === said.sessionId) put(state, reading, { type: 'entries', entries: said.entries })
      }
      break
    case 'heads':
      for (const reading of state.readings) {
        const head = said.heads.get(reading.sessionId)
        if (head !== undefined) put(state, reading, { type: 'head', head, logEpoch: said.logEpoch })
      }
      break
    case 'goodbye':
      lost(state, link)
      break
    default:
      said satisfies never
  }
}

// --- Commands and inputs --------------------------------------------------------------------------------------------

function type(state: State, command: Kept): void {
  const item: Item = { ...command, state: 'saving' }
  state.items.push(item)
  state.saving.push(() => {
    state.disk.set(command.commandId, command)
    const typed = state.truth.typed.get(state.no) ?? []
    state.truth.typed.set(state.no, [...typed, { commandId: command.commandId, sessionId: command.sessionId }])
    item.state = 'kept'
    flush(state)
  })
}

/** Each browser of this world is one tab. */
const LEADS = true

function flush(state: State): void {
  const { link, code } = state
  if (link === undefined) return
  for (const item of code.dueItems(state.items, new Set([...state.sending, ...state.paused]), LEADS)) {
    item.state = 'sending'
    state.sending.add(item.sessionId)
    const { commandId, sessionId, prompt, expiresAt } = item
    const ask = remember(state, { of: 'command', commandId, sessionId })
    const id = code.slips.has('browser makes a new id for a repeat') ? uuid('e', ask + 1_000 * link.no) : commandId
    link.up.push({ type: 'command', ask, commandId: id, sessionId, prompt, expiresAt })
    if (code.slips.has('browser forgets what it sent')) state.disk.delete(commandId)
  }
  for (const waiting of state.inputs) {
    if (waiting.asked) continue
    waiting.asked = true
    const { sessionId, input } = waiting
    link.up.push({ type: 'input', ask: remember(state, { of: 'input', sessionId, input }), sessionId, input })
  }
}

function remember(state: State, asked: Asked): number {
  state.asks += 1
  state.pending.set(state.asks, asked)
  return state.asks
}

function answered(state: State, asked: Asked, answer: Answer): void {
  switch (asked.of) {
    case 'command': {
      if (answer.of !== 'command') return
      const { commandId, sessionId } = asked
      state.truth.acknowledged.set(answer.accepted.commandId, answer.accepted)
      state.sending.delete(sessionId)
      const item = state.items.find((one) => one.commandId === commandId)
      if (item !== undefined) item.state = 'sent'
      state.disk.delete(commandId)
      flush(state)
      break
    }
    case 'input': {
      if (answer.of !== 'input') return
      const { input, sessionId } = asked
      const { inputId, kind, key } = input
      state.truth.acknowledgedInputs.set(inputId, { sessionId, seq: answer.seq, kind, key, browser: state.no })
      state.inputs = state.inputs.filter((waiting) => waiting.input !== input)
      break
    }
    case 'subscribed':
      if (answer.of === 'subscribe') {
        put(state, asked.reading, { type: 'subscribed', asked: asked.asked, answer: answer.subscription })
      }
      break
    case 'page':
      if (answer.of === 'read') put(state, asked.reading, { type: 'page', asked: asked.asked, answer: answer.page })
      break
    default:
      asked satisfies never
  }
}

function failed(state: State, asked: Asked, code: string): void {
  switch (asked.of) {
    case 'command': {
      const { commandId, sessionId } = asked
      const item = state.items.find((one) => one.commandId === commandId)
      state.sending.delete(sessionId)
      if (item === undefined) return
      if (code === 'UNREACHABLE' || code === 'TIMEOUT_TOTAL' || state.code.mayPass(code as FarhandError['code'])) {
        item.state = 'kept'
        state.paused.add(sessionId)
        return
      }
      item.state = 'failed'
      item.failure = code
      const { state: _state, ...kept } = item
      state.disk.set(commandId, kept)
      flush(state)
      break
    }
    case 'input': {
      const passes = code === 'UNREACHABLE' || code === 'TIMEOUT_TOTAL' || code === 'STORAGE_BUSY'
      if (!passes) state.inputs = state.inputs.filter((waiting) => waiting.input !== asked.input)
      for (const waiting of state.inputs) if (waiting.input === asked.input) waiting.asked = false
      break
    }
    case 'subscribed':
    case 'page':
      put(state, asked.reading, { type: 'failed', asked: asked.asked })
      break
    default:
      asked satisfies never
  }
}

// --- Reading --------------------------------------------------------------------------------------------------------

/** As `packages/shared/src/protocols/subscription.ts`: carries out what the subscriber decided. */
function put(state: State, reading: Reading, input: SubscriberInput): void {
  const { sessionId, detail } = reading
  const step = state.code.stepSubscriber(reading.subscriber, input)
  reading.subscriber = step.subscriber
  for (const output of step.outputs) {
    switch (output.type) {
      case 'subscribe': {
        const ask = remember(state, { of: 'subscribed', reading, asked: output.asked })
        const { after, tail, logEpoch } = output
        const where = { ...(after === undefined ? {} : { after }), ...(tail === undefined ? {} : { tail }) }
        const epoch = logEpoch === undefined ? {} : { logEpoch }
        state.link?.up.push({ type: 'subscribe', ask, sessionId, detail, ...where, ...epoch })
        break
      }
      case 'read': {
        const ask = remember(state, { of: 'page', reading, asked: output.asked })
        state.link?.up.push({ type: 'read', ask, sessionId, after: output.after })
        break
      }
      case 'apply':
        apply(state, reading, output.entries)
        break
      case 'reset':
        reading.applied = []
        reading.from = output.from
        break
      case 'rewind':
        reading.applied = reading.applied.filter(({ seq }) => seq <= output.to)
        break
      case 'retry':
        reading.retry = true
        break
      default:
        output satisfies never
    }
  }
}

function apply({ truth, no }: State, reading: Reading, entries: readonly Entry[]): void {
  for (const entry of entries) {
    const before = reading.applied.at(-1)?.seq ?? reading.from
    if (entry.seq <= before) note(truth, 'I2', `browser ${no} applied seq ${entry.seq} after ${before}`)
    reading.applied.push(entry)
  }
}
