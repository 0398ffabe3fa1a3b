import { whenever } from '@vueuse/core'
import { computed, onScopeDispose, readonly, ref, type Ref } from 'vue'
import { soon } from '../services/soon.ts'

/** In which order the parts of a page come while it is drawn for the first time; those that came before are all there. */
const ORDER = [
  'dock',
  'text',
  'marks',
  'conversation',
  'rows',
  'layout',
  'list',
  'overlays',
  'settings',
  'details',
  'log',
] as const
type Part = (typeof ORDER)[number]

type Turn = { part: Part; take(): void }

/** Undefined: all parts are drawn at once, as whoever goes from one session to another wants it. */
let waiting: Turn[] | undefined

/** From now on each part that asks is drawn in a task of its own, so that the browser can answer in between. */
export function beginTurns(): void {
  waiting = []
}

/** The page is there: what waits is drawn, and what comes is drawn at once. */
export function endTurns(): void {
  const rest = waiting ?? []
  waiting = undefined
  for (const turn of rest) turn.take()
}

/** Comes true when this part may be drawn. It asks when it is `ready`. */
export function useTurn(part: Part, ready: () => boolean = () => true): Readonly<Ref<boolean>> {
  const taken = useTurns(part, 1, ready)
  return computed(() => taken.value === 1)
}

/** How many of its `count` pieces may be drawn. */
export function useTurns(part: Part, count: number, ready: () => boolean = () => true): Readonly<Ref<number>> {
  const taken = ref(waiting === undefined ? count : 0)
  if (waiting === undefined) return readonly(taken)
  const turns = Array.from({ length: count }, () => ({ part, take: () => (taken.value += 1) }))
  whenever(ready, () => ask(turns), { immediate: true, once: true, flush: 'sync' })
  onScopeDispose(() => (waiting = waiting?.filter((one) => !turns.some((turn) => turn === one))))
  return readonly(taken)
}

function ask(turns: readonly Turn[]): void {
  if (waiting === undefined) return turns.forEach((turn) => turn.take())
  waiting.push(...turns)
  if (waiting.length === turns.length) soon(takeNext)
}

function takeNext(): void {
  const next = waiting?.toSorted((a, b) => ORDER.indexOf(a.part) - ORDER.indexOf(b.part))[0]
  if (next === undefined) return
  waiting = waiting?.filter((one) => one !== next)
  next.take()
  if (waiting?.length !== 0) soon(takeNext)
}
