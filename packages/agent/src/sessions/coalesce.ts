import type { NewResponse } from '../spool/outbox.ts'

/**
 * First piece now, the rest in frames: the first delta of a block goes out at once, what follows is collected and goes
 * out once per frame. Everything else is told after what was said before it.
 */
export const FRAME_MS = 25
/** So much held back goes out before its frame: a response has its limit. */
const FRAME_BYTES = 64 * 1024

export type Coalescer = {
  push(responses: readonly NewResponse[]): void
  /** Tells what is held back. */
  flush(): void
  /** Drops nothing: call `flush` first where it matters. */
  close(): void
}

/** The thin part: a clock, a timer, and where the responses go. */
export function createCoalescer(clock: { now(): number }, emit: (responses: NewResponse[]) => void): Coalescer {
  let frames = NO_FRAMES
  let timer: NodeJS.Timeout | undefined

  function apply(step: Step): void {
    frames = step.frames
    if (step.out.length > 0) emit(step.out)
    const due = nextDue(frames)
    clearTimeout(timer)
    timer = due === undefined ? undefined : setTimeout(tick, Math.min(FRAME_MS, Math.max(0, due - clock.now())))
  }

  function tick(): void {
    apply(releaseDue(frames, clock.now()))
  }

  return {
    push(responses) {
      const out: NewResponse[] = []
      for (const response of responses) {
        const step = offer(frames, response, clock.now())
        frames = step.frames
        out.push(...step.out)
      }
      apply({ frames, out })
    },
    flush: () => apply(releaseAll(frames)),
    close: () => clearTimeout(timer),
  }
}

/** By block: when it last said something, and what it holds back since. */
export type Frames = ReadonlyMap<string, { saidAt: number; held?: NewResponse }>
export type Step = { frames: Frames; out: NewResponse[] }

export const NO_FRAMES: Frames = new Map()

export function offer(frames: Frames, response: NewResponse, now: number): Step {
  if (!isDelta(response)) {
    // The record of a block holds all of it, so what its deltas still hold back need not be said.
    const { frames: rest, out } = releaseAll(without(frames, response.key))
    return { frames: rest, out: [...out, response] }
  }
  const frame = frames.get(response.key)
  if (frame === undefined || (frame.held === undefined && isOver(frame.saidAt, now))) {
    return { frames: new Map(frames).set(response.key, { saidAt: now }), out: [response] }
  }
  const held = frame.held === undefined ? response : { ...frame.held, data: frame.held.data + response.data }
  if (held.data.length >= FRAME_BYTES)
    return { frames: new Map(frames).set(response.key, { saidAt: now }), out: [held] }
  return { frames: new Map(frames).set(response.key, { saidAt: frame.saidAt, held }), out: [] }
}

export function releaseDue(frames: Frames, now: number): Step {
  const out: NewResponse[] = []
  const next = new Map(frames)
  for (const [key, { saidAt, held }] of frames) {
    if (held === undefined || !isOver(saidAt, now)) continue
    out.push(held)
    next.set(key, { saidAt: now })
  }
  return { frames: next, out }
}

/** A clock that was set back ends a frame as well, or nothing would be told until it is where it was. */
function isOver(saidAt: number, now: number): boolean {
  return Math.abs(now - saidAt) >= FRAME_MS
}

export function releaseAll(frames: Frames): Step {
  const held = [...frames.values()].flatMap((frame) => frame.held ?? [])
  const next = new Map([...frames].map(([key, { saidAt }]) => [key, { saidAt }]))
  return { frames: next, out: held }
}

/** When something that is held back may be said. */
export function nextDue(frames: Frames): number | undefined {
  const due = [...frames.values()].flatMap(({ saidAt, held }) => (held === undefined ? [] : [saidAt + FRAME_MS]))
  return due.length === 0 ? undefined : Math.min(...due)
}

function isDelta(response: NewResponse): response is NewResponse & { key: string } {
  return (
    (response.kind === 'text' || response.kind === 'thinking') && response.key !== undefined && response.final !== true
  )
}

function without(frames: Frames, key: string | undefined): Frames {
  return key === undefined ? frames : new Map([...frames].filter(([other]) => other !== key))
}
