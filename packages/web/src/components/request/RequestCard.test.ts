import { FarhandError, type RequestBody, type RequestItem } from '@farhand/shared'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { computed, nextTick, ref } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ARMED_AFTER_MS } from '../../composables/useArmed.ts'
import { CONVERSATION, type Conversation } from '../../composables/useConversation.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import RequestCard from './RequestCard.vue'

beforeEach(() => {
  setActivePinia(createPinia())
  vi.useFakeTimers()
  useConnectionStore().setLink({ name: 'connected', since: 0 })
})
afterEach(() => vi.useRealTimers())

const bash: RequestBody = {
  requestId: 'r1',
  digest: 'd1',
  type: 'permission',
  tool: 'Bash',
  input: { command: 'rm -rf build\u202E', description: 'Clean up' },
  suggestions: [{ type: 'addRules', rules: [{ toolName: 'Bash', ruleContent: 'rm:*' }] }],
}

function buildItem(request: RequestBody, part: Partial<RequestItem> = {}): RequestItem {
  const { requestId, digest } = request
  return {
    id: `request:${requestId}`,
    commandId: 'c',
    at: 0,
    seq: 1,
    type: 'request',
    requestId,
    digest,
    request,
    state: { name: 'open' },
    ...part,
  }
}

async function show(request: RequestBody, decide = vi.fn(() => Promise.resolve())) {
  const conversation: Conversation = {
    session: {
      log: useTimelineStore().open('s'),
      canLoadEarlier: computed(() => false),
      loadingEarlier: ref(false),
      loadEarlier: () => Promise.resolve(),
      send: () => Promise.resolve(),
      cancel: () => Promise.resolve(),
      decide,
    },
    online: computed(() => true),
    machine: computed(() => 'workstation'),
    write: () => {},
  }
  const card = mount(RequestCard, {
    props: { item: buildItem(request), place: '' },
    global: { provide: { [CONVERSATION]: conversation } },
    attachTo: document.body,
  })
  const button = (name: string) => {
    const found = card.findAll('button').find((one) => one.text() === name)
    if (found === undefined) throw new Error(`no button ${name} in ${card.text()}`)
    return found
  }
  const arm = async (): Promise<void> => {
    vi.advanceTimersByTime(ARMED_AFTER_MS)
    await nextTick()
  }
  return { card, button, decide, arm }
}

test('[REQ3] the whole input is shown, with what hides in it, and the answer names the request', async () => {
  const { card, button, decide, arm } = await show(bash)
  expect(card.text()).toContain('rm -rf build⟨U+202E⟩')
  expect(card.text()).toContain('Claude says: Clean up')
  await arm()
  await button('Allow once').trigger('click')
  expect(decide).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ requestId: 'r1', digest: 'd1' }), {
    behavior: 'allow',
    scope: 'once',
  })
  expect(button('Allow once').attributes('disabled')).toBeDefined()
})

test('buttons are inert for a moment after the card appears', async () => {
  const { button, decide, arm } = await show(bash)
  await button('Allow once').trigger('click')
  expect(decide).not.toHaveBeenCalled()
  await arm()
  await button('Allow rm:* this session').trigger('click')
  expect(decide).toHaveBeenCalledExactlyOnceWith(expect.anything(), { behavior: 'allow', scope: 'session' })
})

test('nothing can be answered while disconnected, and the card says so', async () => {
  const { card, button, arm } = await show(bash)
  await arm()
  useConnectionStore().setLink({ name: 'waiting', attempt: 1, until: null })
  await nextTick()
  expect(button('Allow once').attributes('disabled')).toBeDefined()
  expect(card.text()).toContain('You can answer when the connection is back.')
})

test('a denial may carry a reason, and may stop the run', async () => {
  const { card, button, decide, arm } = await show(bash)
  await arm()
  await button('Deny…').trigger('click')
  await card.get('input').setValue('  use the staging database ')
  await button('Deny and stop').trigger('click')
  expect(decide).toHaveBeenCalledExactlyOnceWith(expect.anything(), {
    behavior: 'deny',
    message: 'use the staging database',
    stop: true,
  })
})

test('[REQ2] an answer that came second is resolved in place, without an error', async () => {
  const { card, button, arm } = await show(
    bash,
    vi.fn(() => Promise.reject(new FarhandError('ALREADY_DECIDED'))),
  )
  await arm()
  await button('Allow once').trigger('click')
  await flushPromises()
  expect(card.find('[role=alert]').exists()).toBe(false)
  await card.setProps({
    item: buildItem(bash, {
      state: { name: 'decided', behavior: 'deny', at: 0, by: { id: 'o', name: 'Anna', device: 'Pixel 9' } },
    }),
  })
  expect(card.text()).toMatch(/^Denied by Anna, Pixel 9 · /)
})

test('a refusal is told and the card can be used again', async () => {
  const { card, button, arm } = await show(
    bash,
    vi.fn(() => Promise.reject(new FarhandError('STALE', 'The input changed.'))),
  )
  await arm()
  await button('Allow once').trigger('click')
  await flushPromises()
  expect(card.get('[role=alert]').text()).toBe('Not answered: The input changed.')
  expect(button('Allow once').attributes('disabled')).toBeUndefined()
})

test('questions are answered by their text, several choices joined', async () => {
  const { card, button, decide, arm } = await show({
    ...bash,
    type: 'question',
    tool: 'AskUserQuestion',
    input: {
      questions: [
        { question: 'Which one?', options: [{ label: 'A' }, { label: 'B' }] },
        { question: 'Which ones?', multiSelect: true, options: [{ label: 'X' }, { label: 'Y' }] },
      ],
    },
  })
  await arm()
  expect(button('Submit').attributes('disabled')).toBeDefined()
  const [, second, , , firstCheck, secondCheck] = card.findAll('input')
  await second?.setValue(true)
  await secondCheck?.setValue(true)
  await firstCheck?.setValue(true)
  await card.get('[aria-label="Other answer to: Which ones?"]').setValue('Z')
  await card.get('form').trigger('submit')
  expect(decide).toHaveBeenCalledExactlyOnceWith(expect.anything(), {
    behavior: 'allow',
    answers: { 'Which one?': 'B', 'Which ones?': 'X, Y, Z' },
  })
})

test('a plan is shown as text, approved or sent back with what should change', async () => {
  const { card, button, decide, arm } = await show({
    ...bash,
    type: 'plan',
    tool: 'ExitPlanMode',
    input: {},
    plan: '1. Read\n2. Write',
  })
  expect(card.findAll('li').map((line) => line.text())).toEqual(['Read', 'Write'])
  await arm()
  await button('Request changes…').trigger('click')
  await card.get('textarea').setValue('shorter')
  await card.get('form').trigger('submit')
  expect(decide).toHaveBeenCalledExactlyOnceWith(expect.anything(), { behavior: 'deny', message: 'shorter' })
})

test('a request with an input that nobody foresaw is still a card', async () => {
  const { card } = await show({ ...bash, type: 'question', tool: 'AskUserQuestion', input: { questions: 'none' } })
  expect(card.text()).toContain('"questions": "none"')
})
