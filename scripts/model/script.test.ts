import { describe, expect, test } from 'vitest'
import { readConversation } from './conversation.ts'
import type { JsonRecord } from './json.ts'
import { SCENARIOS, SUGGESTIONS } from './scenarios/index.ts'
import { chooseScenario, nextReply } from './script.ts'
import { chunks } from './stream.ts'

describe('choosing', () => {
  test.each([
    ['hello', 'welcome'],
    ['', 'welcome'],
    ['Please EDIT the file', 'edit'],
    ['can you change the greeting?', 'edit'],
    ['Run the tests', 'tests'],
    ['run a command', 'tests'],
    ['Ask me a question', 'question'],
    ['make a plan', 'plan'],
    ['show a task list', 'tasks'],
    ['use a subagent to run the tests', 'subagent'],
    ['a slow answer, please', 'slow'],
    ['think hard', 'think'],
    ['cause an API error', 'api error'],
    ['lines 100', 'lines'],
    ['lines 100 5 ms', 'lines'],
    ['lines 100 at 5ms', 'lines'],
    ['write notes.txt', 'write'],
    ['write a poem', 'welcome'],
    ['echo make a plan', 'echo'],
    ['big output', 'big output'],
  ])('“%s” plays %s', (prompt, name) => {
    expect(chooseScenario(read([user(prompt)])).name).toBe(name)
  })

  test('what came with a message is told: the images, and what stands in a file', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: '' } }
    const typed = 'echo look\n\nFiles that came with this message:\n- /keep/a b.txt (a b.txt, text/plain, 5 bytes)'
    const message = { role: 'user', content: [{ type: 'text', text: typed }, image] }
    expect(nextReply(read([message]), 1)).toMatchObject({
      blocks: [
        { type: 'text', text: 'I was shown 1: image/png.' },
        { type: 'tool', name: 'Read', input: { file_path: '/keep/a b.txt' } },
      ],
    })
    const done = { role: 'user', content: [result('t1', 'the secret word')] }
    expect(JSON.stringify(nextReply(read([message, calls('Read'), done]), 1))).toContain('the secret word')
    expect(chooseScenario(read([user('echo - /keep/a.txt')])).name).toBe('echo')
  })

  test('each suggestion plays the scenario that suggests it', () => {
    for (const { say } of SUGGESTIONS) {
      const chosen = chooseScenario(read([user(say)]))
      expect(chosen.suggestion?.say).toBe(say)
    }
    expect(SUGGESTIONS).toHaveLength(SCENARIOS.filter((scenario) => scenario.suggestion).length)
  })
})

describe('reading a request', () => {
  test('reminders, and what Claude Code puts into a person’s mouth, are not what was typed', () => {
    const reminder = '<system-reminder>\nmake a plan\n</system-reminder>'
    expect(read([user(reminder, 'hello'), { role: 'system', content: 'make a plan' }]).prompt).toBe('hello')
    expect(read([user(`${reminder}hello`)]).prompt).toBe('hello')
    const loaded = { role: 'user', content: [result('t1', 'found'), { type: 'text', text: 'Tool loaded.' }] }
    expect(read([user('make a plan'), calls('ToolSearch'), loaded])).toMatchObject({ prompt: 'make a plan', turns: 0 })
    const resumed = {
      role: 'user',
      content: [result('t1', 'done'), { type: 'text', text: 'Continue from where you left off.' }],
    }
    expect(read([user('run the tests'), calls('Bash'), resumed])).toMatchObject({ prompt: 'run the tests', turns: 1 })
  })

  test('after an interrupt or a failed run the newest prompt counts', () => {
    expect(read([user('slow answer'), says('1.'), user('[Request interrupted by user]', 'hello')])).toMatchObject({
      prompt: 'hello',
      turns: 0,
    })
    expect(read([user('cause an API error', 'hello')]).prompt).toBe('hello')
  })

  test('turns are counted since the last prompt', () => {
    const messages = [
      user('hello'),
      says('Hello!'),
      user('run the tests'),
      calls('Bash'),
      { role: 'user', content: [result('t1', 'ok')] },
    ]
    expect(read(messages)).toMatchObject({
      turns: 1,
      calls: [{ name: 'Bash', result: { text: 'ok', isError: false } }],
    })
  })

  test.each([
    undefined,
    null,
    7,
    [],
    {},
    { messages: 'x' },
    { messages: [1, { role: 'user', content: 7 }, { content: [null] }] },
  ])('a request of another shape (%j) is read as far as it goes', (request) => {
    expect(readConversation(request)).toMatchObject({ prompt: '', calls: [], turns: 0, tools: [] })
  })
})

describe('replying', () => {
  test('a tool whose schema was kept back is looked up first, once', () => {
    const tools = [{ name: 'ToolSearch' }, { name: 'EnterPlanMode', defer_loading: true }]
    const first = nextReply(read([user('make a plan')], tools), 1)
    expect(first).toMatchObject({ blocks: [{ name: 'ToolSearch', input: { query: 'select:EnterPlanMode' } }] })
    const found = {
      type: 'tool_result',
      tool_use_id: 't1',
      content: [{ type: 'tool_reference', tool_name: 'EnterPlanMode' }],
    }
    const second = nextReply(
      read([user('make a plan'), calls('ToolSearch'), { role: 'user', content: [found] }], tools),
      1,
    )
    expect(second).toMatchObject({ blocks: [{ type: 'text' }, { name: 'EnterPlanMode' }] })
  })

  test('in plan mode the plan is presented without entering it again', () => {
    const reply = nextReply(read([user('<system-reminder>Plan mode is active.</system-reminder>', 'make a plan')]), 1)
    expect(reply).toMatchObject({ blocks: [{ type: 'text' }, { name: 'ExitPlanMode' }] })
  })

  test('a plan goes into the file that Claude Code names', () => {
    const told =
      '<system-reminder>Plan mode is active. You should create your plan at /my home/plans/a-b.md using the Write tool.</system-reminder>'
    const reply = nextReply(read([user(told, 'make a plan')]), 1)
    expect(reply).toMatchObject({
      blocks: [{ type: 'text' }, { name: 'Write', input: { file_path: '/my home/plans/a-b.md' } }],
    })
  })

  test('a denial is accepted, with its reason', () => {
    const denied = { role: 'user', content: [{ ...result('t1', 'use another name'), is_error: true }] }
    const reply = nextReply(read([user('write a.txt'), calls('Write'), denied]), 1)
    expect(reply).toMatchObject({ blocks: [{ type: 'text', text: expect.stringContaining('use another name') }] })
  })

  test('the greeting is changed to and fro', () => {
    const afterReading = (text: string) =>
      nextReply(read([user('edit'), calls('Read'), { role: 'user', content: [result('t1', text)] }]), 1)
    expect(afterReading('Hello, you')).toMatchObject({
      blocks: [{}, { input: { old_string: 'Hello', new_string: 'Good day' } }],
    })
    expect(afterReading('Good day, you')).toMatchObject({
      blocks: [{}, { input: { old_string: 'Good day', new_string: 'Hello' } }],
    })
  })

  test('a script that has come to its end says so', () => {
    const history = [1, 2, 3].flatMap(() => [calls('Bash'), { role: 'user', content: [result('t1', 'ok')] }])
    expect(nextReply(read([user('run the tests'), ...history]), 1)).toMatchObject({
      blocks: [{ text: 'That was all.' }],
    })
  })
})

test.each(['', 'one', ' leading and trailing \n\n', '# Grüße 👩‍👩‍👧 日本語\n\n| a | b |\n'])(
  'the chunks of %j are the text again',
  (text) => {
    for (const by of ['token', 'line'] as const) {
      expect(chunks(text, by).join('')).toBe(text)
      expect(chunks(text, by).every((chunk) => chunk.isWellFormed())).toBe(true)
    }
  },
)

function read(messages: JsonRecord[], tools: JsonRecord[] = []) {
  return readConversation({ model: 'any', stream: true, tools, messages })
}

function user(...texts: string[]): JsonRecord {
  return { role: 'user', content: texts.map((text) => ({ type: 'text', text })) }
}

function says(text: string): JsonRecord {
  return { role: 'assistant', content: [{ type: 'text', text }] }
}

function calls(name: string): JsonRecord {
  return { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name, input: {} }] }
}

function result(id: string, text: string): JsonRecord {
  return { type: 'tool_result', tool_use_id: id, content: text }
}
