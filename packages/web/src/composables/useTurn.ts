import { onScopeDispose, readonly, ref, type Ref } from 'vue'
import { soon } from '../services/soon.ts'

/** In which order the parts of a page come while it is drawn for the first time; those that came before are all there. */
const ORDER = ['dock', 'text', 'conversation', 'rows', 'list', 'overlays', 'settings', 'log'] as const
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

/** Comes true when this part may be drawn. */
export function useTurn(part: Part): Readonly<Ref<boolean>> {
  const isIts = ref(waiting === undefined)
  if (waiting === undefined) return readonly(isIts)
  const turn = { part, take: () => (isIts.value = true) }
  waiting.push(turn)
  if (waiting.length === 1) soon(takeNext)
  onScopeDispose(() => (waiting = waiting?.filter((one) => one !== turn)))
  return readonly(isIts)
}

function takeNext(): void {
  const next = waiting?.toSorted((a, b) => ORDER.indexOf(a.part) - ORDER.indexOf(b.part))[0]
  if (next === undefined) return
  waiting = waiting?.filter((one) => one !== next)
  next.take()
  if (waiting?.length !== 0) soon(takeNext)
}
