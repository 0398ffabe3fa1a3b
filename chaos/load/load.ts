import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Entry } from '@farhand/shared'
import type { Random } from '../../packages/shared/src/testing/random.ts'
import type { SeenRequest } from '../../scripts/model/model.ts'
import { TRACED } from '../checks/requests.ts'
import { MARKED } from '../checks/texts.ts'
import type { History } from '../history.ts'
import type { Tiers } from '../tiers.ts'
import { welcomeGuest } from './guest.ts'
import type { Place } from './places.ts'
import { openFileOutbox } from './outbox.ts'
import { openObserver, type Observer } from './observer.ts'
import { createSender, type Sender } from './sender.ts'

/** Observers, somebody who says commands and cancels, and two people who answer requests, often both the same. */
export type Load = {
  /** Says one command now; `cancelAfterMs` says its cancel so much later. Answers its id. */
  command(sessionId: string, prompt: string, how?: { cancelAfterMs?: number; ownProcess?: boolean }): string
  /** A command of some kind in a session that is not too busy, as the seed wants it. */
  something(): void
  /** Somebody signs in, reads for so long, and is signed out; answers whether the relay has said that this is done. */
  guest(ms: number): Promise<boolean>
  /** Whether a command has not ended, as far as anybody has read. */
  isOpen(commandId: string): boolean
  /** Waits for the end of no command that was said up to now. */
  forgetOpen(): void
  /** How far each reader has come in the first session. */
  cursors(): number[]
  /** Whether no reader has a connection, and all that was under way to them is through. */
  isCutOff(): boolean
  /** Whether everything was answered, has ended, and is seen by everybody. */
  isQuiet(): boolean
  /** Writes down where everybody stands and what is on the disk. */
  settle(): void
  counts(): { commands: number; cancels: number; decisions: number }
  close(): void
}

export type LoadOptions = {
  tiers: Tiers
  history: History
  random: Random
  /** The sessions that are spoken in. */
  places: readonly Place[]
  directory: string
  observers: number
}

const WATCH_MODEL_MS = 100
const MAX_UNFINISHED = 3
const MAX_DECIDE_MS = 800
const MAX_CANCEL_MS = 3_000
/** Before it has begun, as a rule. */
const MAX_EARLY_CANCEL_MS = 150

type State = LoadOptions & {
  readers: Observer[]
  senders: Sender[]
  commander: Sender
  open: Map<string, string>
  /** Sessions that were opened by a command; the others do not exist. */
  opened: Set<string>
  prompts: { prompt: string; sessionId: string }[]
  counts: { commands: number; cancels: number; decisions: number }
  timers: Set<NodeJS.Timeout>
  guests: Observer[]
  /** Keys of held commands. */
  confirmed: Set<string>
}

export function openLoad(options: LoadOptions): Load {
  const { tiers, history, random, places } = options
  const sessionIds = places.map(({ sessionId }) => sessionId)
  for (const { sessionId, machine } of places) history.write({ ev: 'place', sessionId, machine })
  const open = new Map<string, string>()
  const base = { url: tiers.url, proof: proofOf(tiers), sessionIds, history }
  const watchers = Array.from({ length: options.observers }, (_, index) =>
    openObserver({ ...base, name: `observer-${index + 1}` }),
  )
  const [commanding, commander] = person(options, 'commander', {
    onEntries(sessionId, entries) {
      forgetEnded(open, entries)
      for (const held of entries.filter(({ kind }) => kind === 'held')) confirm(state, sessionId, held)
    },
  })
  const state: State = {
    ...options,
    readers: [...watchers, commanding],
    senders: [commander],
    commander,
    open,
    opened: new Set(),
    prompts: [],
    counts: { commands: 0, cancels: 0, decisions: 0 },
    timers: new Set(),
    guests: [],
    confirmed: new Set(),
  }
  for (const [name, chance] of [
    ['decider-1', 1],
    ['decider-2', 0.5],
  ] as const)
    addDecider(state, name, chance)
  const watching = setInterval(() => noteAsked(history, tiers.model.requests.splice(0)), WATCH_MODEL_MS)

  return {
    command: (sessionId, prompt, how) => say(state, sessionId, prompt, how),
    something() {
      const sessionId = random.pick(sessionIds)
      const busy = [...open.values()].filter((one) => one === sessionId).length
      if (busy < MAX_UNFINISHED) saySomething(state, sessionId)
    },
    async guest(ms) {
      const guest = await welcomeGuest({ ...base, name: `guest-${state.guests.length + 1}`, tiers, readsMs: ms })
      if (guest !== undefined) state.guests.push(guest.observer)
      return guest?.signedOut === true
    },
    isOpen: (commandId) => open.has(commandId),
    forgetOpen: () => open.clear(),
    cursors: () => state.readers.map((reader) => reader.cursors().get(sessionIds[0] ?? '')?.cursor ?? 0),
    isCutOff: () =>
      state.readers.every((reader) => [...reader.cursors().values()].every(({ phase }) => phase === 'idle')),
    isQuiet: () => isQuiet(state),
    settle() {
      noteAsked(history, tiers.model.requests.splice(0))
      for (const reader of state.readers) reader.settle()
      for (const { prompt, sessionId } of state.prompts.filter((one) => TRACED.test(one.prompt))) {
        history.write({ ev: 'trace', prompt, executions: executionsOf(placeOf(state, sessionId).directory, prompt) })
      }
    },
    counts: () => state.counts,
    close() {
      clearInterval(watching)
      for (const timer of state.timers) clearTimeout(timer)
      for (const one of [...state.readers, ...state.senders, ...state.guests]) one.close()
    },
  }
}

function proofOf({ ownerToken }: Tiers): () => Promise<object> {
  return () => Promise.resolve({ token: ownerToken })
}

/** Somebody who reads and speaks over the same link. */
function person(
  options: LoadOptions,
  name: string,
  events: { onEntries(sessionId: string, entries: readonly Entry[]): void },
): [Observer, Sender] {
  const { tiers, history, places, directory } = options
  const reader = openObserver({
    name,
    url: tiers.url,
    proof: proofOf(tiers),
    sessionIds: places.map(({ sessionId }) => sessionId),
    history,
    ...events,
    onUp: () => sender.flush(),
  })
  const outbox = openFileOutbox(join(directory, `${name}.outbox.jsonl`))
  const projectOf = (sessionId: string): string => placeOf(options, sessionId).projectId
  const sender = createSender({ who: name, projectOf, client: reader.client, outbox, history })
  return [reader, sender]
}

function placeOf({ places }: Pick<LoadOptions, 'places'>, sessionId: string): Place {
  const place = places.find((one) => one.sessionId === sessionId)
  if (place === undefined) throw new Error('a session of no place')
  return place
}

function addDecider(state: State, name: string, chance: number): void {
  const { random } = state
  const [reader, sender] = person(state, name, {
    onEntries(sessionId, entries) {
      for (const { kind, key, digest } of entries) {
        if (kind !== 'request' || key === undefined || digest === undefined || !random.chance(chance)) continue
        const intent = {
          id: random.uuid(),
          sessionId,
          kind: 'decision' as const,
          about: key,
          digest,
          behavior: random.chance(0.75) ? ('allow' as const) : ('deny' as const),
        }
        state.counts.decisions += 1
        later(state, random.int(MAX_DECIDE_MS), () => sender.send(intent))
      }
    },
  })
  state.readers.push(reader)
  state.senders.push(sender)
}

function saySomething(state: State, sessionId: string): void {
  const { random } = state
  const mark = random.uuid().slice(0, 8)
  if (random.chance(0.25)) {
    say(state, sessionId, `append one line to t${mark}.txt`)
    return
  }
  const prompt = `lines ${20 + random.int(180)} ${5 + random.int(20)} ms for ${mark}`
  const ownProcess = random.chance(0.2)
  const cancelAfterMs = random.int(random.chance(0.5) ? MAX_EARLY_CANCEL_MS : MAX_CANCEL_MS)
  say(state, sessionId, prompt, { ownProcess, ...(random.chance(ownProcess ? 0.5 : 0.25) ? { cancelAfterMs } : {}) })
}

function say(
  state: State,
  sessionId: string,
  prompt: string,
  { cancelAfterMs, ownProcess = false }: { cancelAfterMs?: number; ownProcess?: boolean } = {},
): string {
  const { random, commander, counts } = state
  const id = random.uuid()
  state.open.set(id, sessionId)
  state.opened.add(sessionId)
  state.prompts.push({ prompt, sessionId })
  counts.commands += 1
  commander.send({ id, sessionId, kind: 'command', about: prompt, ...(ownProcess ? { ownProcess } : {}) })
  if (cancelAfterMs !== undefined) {
    counts.cancels += 1
    const cancel = { id: random.uuid(), sessionId, kind: 'cancel' as const, about: id }
    later(state, cancelAfterMs, () => commander.send(cancel))
  }
  return id
}

function later({ timers }: State, ms: number, act: () => void): void {
  const timer = setTimeout(() => {
    timers.delete(timer)
    act()
  }, ms)
  timers.add(timer)
}

/** CMD2: after a jump of the clock a command may have waited for hours. It is wanted all the same. */
function confirm(state: State, sessionId: string, { key, commandId }: Entry): void {
  const { random, commander, confirmed } = state
  if (key === undefined || confirmed.has(key)) return
  confirmed.add(key)
  const intent = { id: random.uuid(), sessionId, kind: 'confirm' as const, about: commandId, key }
  later(state, random.int(MAX_DECIDE_MS), () => commander.send(intent))
}

function forgetEnded(open: Map<string, string>, entries: readonly Entry[]): void {
  for (const { commandId, status } of entries) if (status !== 'streaming') open.delete(commandId)
}

function isQuiet({ open, opened, senders, timers, readers }: State): boolean {
  if (open.size > 0 || timers.size > 0 || senders.some((sender) => sender.waiting() > 0)) return false
  const cursors = readers.map((reader) => reader.cursors())
  return [...opened].every((sessionId) => {
    const places = cursors.map((each) => each.get(sessionId))
    return places.every((place) => place?.phase === 'live' && place.cursor === places[0]?.cursor)
  })
}

/** What the model was asked is the truth about what Claude Code executed. */
function noteAsked(history: History, requests: readonly SeenRequest[]): void {
  for (const { conversation } of requests) {
    if (conversation === undefined || conversation.turns > 0 || !conversation.stream) continue
    const { prompt } = conversation
    if (MARKED.test(prompt) || TRACED.test(prompt)) history.write({ ev: 'asked', prompt })
  }
}

function executionsOf(project: string, prompt: string): number {
  const file = TRACED.exec(prompt)?.[1] ?? ''
  try {
    return readFileSync(join(project, file), 'utf8').split('\n').length - 1
  } catch {
    return 0 // it was never made
  }
}
