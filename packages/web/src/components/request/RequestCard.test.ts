import { FarhandError, type RequestBody, type RequestItem } from '@farhand/shared'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ARMED_AFTER_MS } from '../../composables/useArmed.ts'
import { CONVERSATION } from '../../composables/useConversation.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { useTimelineStore } from '../../stores/timelineStore.ts'
import { buildConversation } from '../../testing/conversation.ts'
import RequestCard from './RequestCard.vue'
import RequestRewrite from './RequestRewrite.vue'

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
  const conversation = buildConversation(useTimelineStore().open('s'), { decide })
  const write = vi.spyOn(conversation, 'write')
  const card = mount(RequestCard, {
    props: { item: buildItem(request) },
    global: { provide: { [CONVERSATION]: conversation } },
    attachTo: document.body,
  })
  const button = (name: string) => {
    const found = card.findAll('button').find((one) => one.text() === name)
    if (found === undefined) throw new Error(`no button ${name} in ${card.text()}`)
    return found
  }
  const arm = async (): Promise<void> => {
    vi.advanceTimersToNextFrame() // in which it is painted
    vi.advanceTimersByTime(ARMED_AFTER_MS)
    await nextTick()
  }
  return { card, button, decide, arm, write }
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
  expect(card.text()).toMatch(/^Already answered: Denied by Anna, Pixel 9 · /)
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
  expect(card.text()).toContain('questionsnone')
})

test('an edit is its change, without the fields that say nothing', async () => {
  const input = { file_path: '/p/a.ts', old_string: 'x', new_string: 'y', replace_all: false }
  const { card } = await show({ ...bash, tool: 'Edit', input })
  expect(card.text()).not.toContain('replace_all')
  const all = await show({ ...bash, tool: 'Edit', input: { ...input, replace_all: true, extra: 1 } })
  expect(all.card.text()).toContain('All occurrences')
  expect(all.card.text()).toContain('extra')
})

test('keys answer only from inside the card, and never where No is the default', async () => {
  const { card, decide, arm } = await show(bash)
  await arm()
  await card.get('.body').trigger('keydown', { key: 'S' })
  expect(decide).toHaveBeenCalledExactlyOnceWith(expect.anything(), { behavior: 'allow', scope: 'session' })
  const careful = await show({ ...bash, defaultToNo: true })
  await careful.arm()
  await careful.card.get('.body').trigger('keydown', { key: 'a' })
  expect(careful.decide).not.toHaveBeenCalled()
  await careful.card.get('.body').trigger('keydown', { key: 'd' })
  expect(careful.card.find('form').exists()).toBe(true)
  await careful.card.get('form input').trigger('keydown', { key: 'a' })
  expect(careful.decide).not.toHaveBeenCalled()
})

test('half a reason is not lost when somebody else was first', async () => {
  const { card, button, arm, write } = await show(bash)
  await arm()
  await button('Deny…').trigger('click')
  await card.get('input').setValue('use staging')
  await card.setProps({ item: buildItem(bash, { state: { name: 'decided', behavior: 'allow', at: 0 } }) })
  expect(write).toHaveBeenCalledExactlyOnceWith('use staging')
})

test('who answers elsewhere is named, and buttons stay live', async () => {
  const { card, button, arm } = await show(bash)
  await arm()
  const author = { id: 'o', name: 'Anna', device: 'Pixel 9' }
  await card.setProps({ answering: [{ id: 'x', author, state: 'answering', since: 0 }] })
  expect(card.text()).toContain('Pixel 9 is answering…')
  expect(button('Allow once').attributes('disabled')).toBeUndefined()
})

test('half an answer outlives a reload and is forgotten once it is given', async () => {
  const question: RequestBody = {
    ...bash,
    requestId: 'q1',
    type: 'question',
    tool: 'AskUserQuestion',
    input: { questions: [{ question: 'Which?', options: [{ label: 'A', preview: 'Hello, A' }, { label: 'B' }] }] },
  }
  const first = await show(question)
  await first.arm()
  await first.card.get('.body').trigger('keydown', { key: '1' })
  expect(first.card.text()).toContain('Hello, A')
  first.card.unmount()
  const second = await show(question)
  await second.arm()
  await second.card.get('form').trigger('submit')
  expect(second.decide).toHaveBeenCalledExactlyOnceWith(expect.anything(), {
    behavior: 'allow',
    answers: { 'Which?': 'A' },
  })
  second.card.unmount()
  expect((await show(question)).button('Submit').attributes('disabled')).toBeDefined()
})

test('[REQ3] a tool that is no edit keeps every field on the card, whatever its fields are called', async () => {
  const input = { path: 'a.ts', old_string: 'before', new_string: 'after', content: 'hidden\u202E', new_source: 'more' }
  const { card } = await show({ ...bash, tool: 'mcp__files__patch', input })
  for (const value of ['a.ts', 'before', 'after', 'hidden⟨U+202E⟩', 'more']) expect(card.text()).toContain(value)
})

test('[REQ3] a plan shows what hides in it, what comes with it, and its own text', async () => {
  const plan = 'Read [the rules][1]\u202E\n\n[1]: https://example.com/other'
  const { card, button } = await show({
    ...bash,
    type: 'plan',
    tool: 'ExitPlanMode',
    input: { plan, allowedPrompts: [{ tool: 'Bash', prompt: 'run anything' }] },
  })
  expect(card.text()).toContain('⟨U+202E⟩')
  expect(card.text()).toContain('run anything')
  expect(card.text()).not.toContain('[1]: https://example.com/other')
  await button('Show as text').trigger('click')
  expect(card.text()).toContain('[1]: https://example.com/other')
})

test('[REQ3] a grant of a kind that is not known stands on its button as it is', async () => {
  const unknown = { type: 'replaceRules', rules: [{ toolName: 'Bash' }], behavior: 'allow' }
  const { card } = await show({ ...bash, suggestions: [unknown] })
  expect(card.get('.session').text()).toContain(JSON.stringify(unknown))
  const denying = { type: 'addRules', rules: [{ toolName: 'Bash' }], behavior: 'deny' }
  expect((await show({ ...bash, suggestions: [denying] })).card.get('.session').text()).toContain('"behavior":"deny"')
})

test('[REQ3] a command that is rewritten shows what hides in it below its field', async () => {
  const rewrite = mount(RequestRewrite, { props: { command: 'rm a\u202Eb', inert: false } })
  expect(rewrite.text()).toContain('rm a⟨U+202E⟩b')
  await rewrite.get('textarea').setValue('rm ab')
  expect(rewrite.text()).not.toContain('rm ab')
})

const PLAN: RequestBody = {
  requestId: 'r1',
  digest: 'd1',
  type: 'plan',
  tool: 'ExitPlanMode',
  input: {},
  plan: '# First\n\nRead\n\n## Then\n\nWrite',
  suggestions: [{ type: 'setMode', mode: 'acceptEdits', destination: 'session' }],
}

test('a plan can be edited before it is approved; what was not changed goes as it was', async () => {
  const { card, button, decide, arm } = await show(PLAN)
  await arm()
  await button('Edit plan…').trigger('click')
  await vi.dynamicImportSettled()
  const field = card.get<HTMLTextAreaElement>('textarea')
  expect([field.element.value, document.activeElement === field.element]).toEqual([PLAN.plan, true])
  await button('Approve, ask for each edit').trigger('click')
  expect(decide).toHaveBeenLastCalledWith(expect.anything(), { behavior: 'allow', scope: 'once' })
  await card.setProps({ item: buildItem({ ...PLAN, requestId: 'r2' }) })
  await arm()
  await button('Edit plan…').trigger('click')
  await vi.dynamicImportSettled()
  await card.get('textarea').setValue('# Only this')
  await card.get('form').trigger('submit')
  expect(decide).toHaveBeenLastCalledWith(expect.anything(), {
    behavior: 'allow',
    scope: 'session',
    updatedInput: { plan: '# Only this' },
  })
  card.unmount()
})

test('a plan that somebody else has answered leaves what was written about it in the message box', async () => {
  const { card, button, write, arm } = await show(PLAN)
  await arm()
  await button('Edit plan…').trigger('click')
  await vi.dynamicImportSettled()
  await card.get('textarea').setValue('# Only this')
  await card.setProps({ item: buildItem(PLAN, { state: { name: 'decided', behavior: 'allow', at: 1 } }) })
  expect(write).toHaveBeenCalledExactlyOnceWith('# Only this')
  card.unmount()
})

test('a plan too long for an agent to tell whole is not edited, and one with no text neither', async () => {
  for (const plan of ['ü'.repeat(50_000), '']) {
    const { card } = await show({ ...PLAN, plan })
    expect(card.text()).not.toContain('Edit plan')
    card.unmount()
  }
})

test('a plan opens with all the room there is, and its headings lead to their places', async () => {
  const plan = ['First', 'Then', 'After that', 'Last'].map((heading) => `## ${heading}\n\nthis`).join('\n\n')
  const { card, button, arm } = await show({ ...PLAN, plan })
  await arm()
  await button('Open full').trigger('click')
  vi.useRealTimers()
  const entries = (): HTMLButtonElement[] => [...document.body.querySelectorAll<HTMLButtonElement>('.full nav button')]
  await vi.waitFor(() => expect(entries().at(-1)?.textContent).toBe('Last'), { timeout: 5_000 })
  entries().at(-1)?.click()
  expect([document.activeElement?.tagName, document.activeElement?.textContent]).toEqual(['H4', 'Last'])
  card.unmount()
})

test('a question can be answered in the chat: Claude is told to wait for it, and what was chosen already', async () => {
  const { card, button, decide, arm } = await show({
    ...bash,
    type: 'question',
    tool: 'AskUserQuestion',
    input: {
      questions: ['One?', 'Two?'].map((question) => ({ question, options: [{ label: 'A' }, { label: 'B' }] })),
    },
  })
  const composer = document.body.appendChild(document.createElement('textarea'))
  composer.id = 'composer'
  await arm()
  await card.get('input[type=radio]').setValue()
  await button('Reply in chat').trigger('click')
  expect(decide).toHaveBeenCalledExactlyOnceWith(expect.anything(), {
    behavior: 'deny',
    message:
      'The user will reply in the chat instead of choosing. Stop here and wait for their message.\n\nAnswered so far:\n- One? A',
  })
  expect(document.activeElement).toBe(composer)
  composer.remove()
  card.unmount()
})
