import { foldEntries } from '@farhand/shared'
import { buildLog } from '@farhand/shared/testing'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, watch, type EffectScope } from 'vue'
import { useAnnounceStore } from '../stores/announceStore.ts'
import { useTimelineStore } from '../stores/timelineStore.ts'
import { useNarration } from './useNarration.ts'

let scope: EffectScope
beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

/** What a person hears, and when. */
function listen() {
  const announce = useAnnounceStore()
  const heard: { at: number; text: string }[] = []
  const begun = performance.now()
  for (const region of ['polite', 'assertive'] as const)
    scope.run(() =>
      watch(
        () => announce[region],
        (text) => heard.push({ at: performance.now() - begun, text }),
        { flush: 'sync' },
      ),
    )
  return { announce, heard }
}

test('of a run that streams, a request is heard once and the end once, with the first words of the answer', async () => {
  const { heard } = listen()
  const log = useTimelineStore().open('s')
  log.phase = 'live'
  scope.run(() => useNarration(log))
  const request = { requestId: 'r', digest: 'd', type: 'permission', tool: 'Bash', input: { command: 'pnpm test' } }
  const entries = buildLog([
    { kind: 'command', response: 'go' },
    ...Array.from({ length: 40 }, (_, index) => ({ kind: 'text', key: 'k', response: `secret words ${index} ` })),
    { kind: 'request', key: 'r', response: JSON.stringify(request) },
    ...Array.from({ length: 10 }, (_, index) => ({ kind: 'text', key: 'l', response: `secret words ${index} ` })),
    { kind: 'run_finished', status: 'complete', response: '{"durationMs":5}' },
  ])
  for (const entry of entries) {
    log.timeline = foldEntries(log.timeline, [entry])
    await nextTick()
    await vi.advanceTimersByTimeAsync(50)
  }
  await vi.advanceTimersByTimeAsync(5_000)
  expect(heard.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^Approval needed: .*Bash|^Approval needed/),
    expect.stringMatching(/^Claude finished: secret words 0 .{90,110}…$/),
  ])
})

test.each([
  [{ type: 'plan', tool: 'ExitPlanMode', input: { plan: '# Plan' } }, 'Plan ready to review.'],
  [
    {
      type: 'question',
      tool: 'AskUserQuestion',
      input: { questions: [{ question: 'Which colour?', options: [{ label: 'Red' }] }] },
    },
    'Question from Claude: Which colour?',
  ],
  [{ type: 'permission', tool: 'Bash', input: { command: 'ls' } }, 'Approval needed: Claude wants to run a command'],
])('what waits is named by its kind: %j', async (body, text) => {
  const { announce } = listen()
  const log = useTimelineStore().open('s')
  scope.run(() => useNarration(log))
  const response = JSON.stringify({ requestId: 'r', digest: 'd', ...body })
  log.timeline = foldEntries(log.timeline, buildLog([{ kind: 'request', key: 'r', response }]))
  await nextTick()
  expect(announce.assertive).toBe(text)
})

test.each([
  ['complete', undefined, '## Done\n\nMore', 'Claude finished: Done'],
  ['complete', undefined, '**All** of `total.ts` is *fixed*.', 'Claude finished: All of total.ts is fixed.'],
  ['complete', undefined, undefined, 'Claude finished.'],
  ['error', 'CANCELLED', 'half', 'The run was stopped.'],
  ['error', 'CLAUDE_EXIT', 'half', 'The run failed: It broke.'],
] as const)('an end is told as it was: %s %s %s', async (status, code, said, text) => {
  const { announce } = listen()
  const log = useTimelineStore().open('s')
  log.phase = 'live'
  scope.run(() => useNarration(log))
  const body = { durationMs: 5, ...(status === 'error' && { error: { code, message: 'It broke.' } }) }
  log.timeline = foldEntries(
    log.timeline,
    buildLog([
      { kind: 'command', response: 'go' },
      ...(said === undefined ? [] : [{ kind: 'text', key: 'k', final: true, response: said }]),
      { kind: 'run_finished', status, ...(code !== undefined && { code }), response: JSON.stringify(body) },
    ]),
  )
  await nextTick()
  expect(announce.polite).toBe(text)
})

test('one thing is heard out before the next; what comes meanwhile is said together, and each once', async () => {
  const { announce, heard } = listen()
  for (const text of ['one', 'two', 'three', 'two']) {
    announce.say(text)
    await vi.advanceTimersByTimeAsync(100)
  }
  await vi.advanceTimersByTimeAsync(5_000)
  announce.say('four')
  announce.say('four')
  await vi.advanceTimersByTimeAsync(5_000)
  expect(heard).toEqual([
    { at: 0, text: 'one' },
    { at: 2_000, text: 'two three' },
    { at: 5_400, text: 'four' },
    { at: 7_400, text: 'four\u00a0' },
  ])
  const pauses = heard.slice(1).map(({ at }, index) => at - (heard[index]?.at ?? 0))
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(2_000)
})

test('an end that is read while catching up is old, and not told', async () => {
  const { heard } = listen()
  const log = useTimelineStore().open('s')
  log.phase = 'catching-up'
  scope.run(() => useNarration(log))
  const end = { kind: 'run_finished', status: 'complete', response: '{"durationMs":5}' } as const
  log.timeline = foldEntries(log.timeline, buildLog([{ kind: 'command', response: 'go' }, end]))
  log.phase = 'live'
  await nextTick()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(heard).toEqual([])
})

test.each([
  ['while catching up', true],
  ['before anybody came here', false],
])('an end that was read %s is old, also when an older page is put in front of it', async (_when, isHere) => {
  const { heard } = listen()
  const timeline = useTimelineStore()
  const log = timeline.open('s')
  const end = { kind: 'run_finished', status: 'complete', response: '{"durationMs":5}' } as const
  const entries = buildLog([{ kind: 'command', response: 'go' }, { kind: 'text', key: 'k', response: 'hi' }, end])
  timeline.reset('s', 1)
  if (isHere) scope.run(() => useNarration(log))
  log.phase = isHere ? 'catching-up' : 'idle'
  timeline.append('s', entries.slice(1))
  timeline.flush()
  if (!isHere) scope.run(() => useNarration(log))
  log.phase = 'live'
  timeline.prepend('s', { entries: entries.slice(0, 1), from: 0, to: 1 })
  await vi.advanceTimersByTimeAsync(5_000)
  expect(log.timeline.items.map(({ type }) => type)).toEqual(['message', 'text', 'run_end'])
  expect(heard).toEqual([])
})

test('each kind of request is called what it is', async () => {
  const { heard } = listen()
  const log = useTimelineStore().open('s')
  scope.run(() => useNarration(log))
  const asked = { digest: 'd', tool: 'Ask', input: {} }
  const bodies = (['question', 'plan'] as const).map((type) => ({ ...asked, requestId: type, type }))
  const requests = bodies.map((body) => ({ kind: 'request', key: body.requestId, response: JSON.stringify(body) }))
  log.timeline = foldEntries(log.timeline, buildLog([{ kind: 'command', response: 'go' }, ...requests]))
  await nextTick()
  expect(heard.map(({ text }) => text)).toEqual(['Question from Claude.', 'Plan ready to review.'])
})
