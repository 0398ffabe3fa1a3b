import { expect, test } from 'vitest'
import type { NewResponse } from '../spool/outbox.ts'
import { delta, record } from '../driver/responses.ts'
import { createCoalescer, FRAME_MS, NO_FRAMES, nextDue, offer, releaseDue, type Frames } from './coalesce.ts'

const said = (responses: readonly NewResponse[]) => responses.map(({ key, data }) => `${key ?? ''}=${data}`)

function feed(steps: readonly [number, NewResponse][], frames: Frames = NO_FRAMES) {
  const out: NewResponse[] = []
  for (const [now, response] of steps) {
    const step = offer(frames, response, now)
    frames = step.frames
    out.push(...step.out)
  }
  return { frames, out }
}

test('the first delta goes out at once, the next ones once per frame', () => {
  const { frames, out } = feed([
    [0, delta('text', 'a', '1')],
    [1, delta('text', 'a', '2')],
    [2, delta('text', 'a', '3')],
  ])
  expect(said(out)).toEqual(['a=1'])
  expect(nextDue(frames)).toBe(FRAME_MS)
  expect(releaseDue(frames, FRAME_MS - 1).out).toEqual([])
  expect(said(releaseDue(frames, FRAME_MS).out)).toEqual(['a=23'])
})

test('[F48] a clock that is set back by hours holds nothing back', () => {
  const { frames } = feed([
    [10_000_000, delta('text', 'a', '1')],
    [10_000_001, delta('text', 'a', '2')],
  ])
  expect(said(releaseDue(frames, 1_000).out)).toEqual(['a=2'])
})

test('a slow stream is never held back', () => {
  const { out } = feed([
    [0, delta('text', 'a', '1')],
    [FRAME_MS, delta('text', 'a', '2')],
    [3 * FRAME_MS, delta('text', 'a', '3')],
  ])
  expect(said(out)).toEqual(['a=1', 'a=2', 'a=3'])
})

test('blocks are held apart', () => {
  const { frames, out } = feed([
    [0, delta('text', 'a', '1')],
    [1, delta('text', 'b', '1')],
    [2, delta('text', 'a', '2')],
    [3, delta('text', 'b', '2')],
  ])
  expect(said(out)).toEqual(['a=1', 'b=1'])
  expect(said(releaseDue(frames, FRAME_MS).out)).toEqual(['a=2'])
})

test('anything else comes after what was said before it', () => {
  const tool: NewResponse = { kind: 'tool_started', data: '{}', isComplete: false }
  const { out } = feed([
    [0, delta('text', 'a', '1')],
    [1, delta('text', 'a', '2')],
    [2, tool],
  ])
  expect(said(out)).toEqual(['a=1', 'a=2', '={}'])
})

test('a record takes the place of what its block holds back', () => {
  const { frames, out } = feed([
    [0, delta('text', 'a', '1')],
    [1, delta('text', 'a', '2')],
    [2, record('text', 'a', '12')],
  ])
  expect(said(out)).toEqual(['a=1', 'a=12'])
  expect(nextDue(frames)).toBeUndefined()
})

test('nothing is lost and nothing doubled, whatever the times', () => {
  let out: NewResponse[] = []
  let frames = NO_FRAMES
  let whole = ''
  for (let step = 0; step < 500; step += 1) {
    const now = step * ((step % 7) + 1)
    whole += String(step % 10)
    const offered = offer(frames, delta('text', 'a', String(step % 10)), now)
    const released = releaseDue(offered.frames, now)
    frames = released.frames
    out = [...out, ...offered.out, ...released.out]
  }
  const rest = releaseDue(frames, Number.MAX_SAFE_INTEGER).out
  expect([...out, ...rest].map(({ data }) => data).join('')).toBe(whole)
})

test('with a real timer: a held piece goes out by itself', async () => {
  const out: NewResponse[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const coalescer = createCoalescer(performance, (responses) => {
    out.push(...responses)
    if (out.length === 2) resolve()
  })
  coalescer.push([delta('text', 'a', '1'), delta('text', 'a', '2')])
  expect(said(out)).toEqual(['a=1'])
  await promise
  expect(said(out)).toEqual(['a=1', 'a=2'])
  coalescer.close()
})
