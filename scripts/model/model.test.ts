import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { claudePath } from '../provision/provision.ts'
import { isRecord, parseJson, type JsonRecord } from './json.ts'
import { readSpeed, startModel, type Model, type ModelOptions } from './model.ts'
import { numberedLine } from './scenarios/exact.ts'

test('an answer streams as the Messages API does', async () => {
  await using model = await open()
  const events = await ask(model, 'echo Good morning')
  expect(events.map((event) => event.type)).toEqual([
    'message_start',
    'ping',
    'content_block_start',
    ...events.filter((event) => event.type === 'content_block_delta').map(() => 'content_block_delta'),
    'content_block_stop',
    'message_delta',
    'message_stop',
  ])
  expect(events[0]).toMatchObject({ message: { role: 'assistant', model: 'any', content: [], stop_reason: null } })
  expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'end_turn' } })
  expect(textOf(events)).toBe('Good morning')
})

test('a tool call streams its input in pieces that make JSON', async () => {
  await using model = await open()
  const events = await ask(model, 'ask me a question')
  expect(events).toContainEqual(
    expect.objectContaining({
      content_block: expect.objectContaining({ type: 'tool_use', name: 'AskUserQuestion', input: {} }),
    }),
  )
  const json = deltas(events)
    .map((delta) => delta.partial_json)
    .join('')
  expect(parseJson(json)).toMatchObject({ questions: [{ multiSelect: false }, { multiSelect: true }] })
  expect(events.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' } })
})

test('thinking comes before the answer and is signed', async () => {
  await using model = await open()
  const types = deltas(await ask(model, 'think')).map((delta) => String(delta.type))
  expect([...new Set(types)]).toEqual(['thinking_delta', 'signature_delta', 'text_delta'])
})

test('the pace is kept', async () => {
  await using model = await open()
  const before = performance.now()
  expect(textOf(await ask(model, 'lines 20 10 ms'))).toBe(
    Array.from({ length: 20 }, (_, index) => `${numberedLine(index + 1)}\n`).join(''),
  )
  expect(performance.now() - before).toBeGreaterThan(190)
})

test('overload goes away after two attempts and then turns into a refusal', async () => {
  await using model = await open()
  const statuses: number[] = []
  for (let attempt = 0; attempt < 3; attempt += 1)
    statuses.push((await post(model, request('cause an API error'))).status)
  expect(statuses).toEqual([529, 529, 400])
})

test('what is no question of the API is answered as such', async () => {
  await using model = await open()
  expect((await fetch(model.url, { method: 'HEAD' })).status).toBe(200)
  expect((await fetch(`${model.url}/v1/models`)).status).toBe(404)
  expect((await post(model, '{')).status).toBe(400)
  expect((await post(model, '[]')).status).toBe(200)
  const count = await fetch(`${model.url}/v1/messages/count_tokens`, { method: 'POST', body: request('hello') })
  expect(await count.json()).toEqual({ input_tokens: expect.any(Number) })
})

test('a request that does not stream gets the message in one piece', async () => {
  await using model = await open()
  const answer = await post(model, request('echo Good morning', { stream: false }))
  expect(await answer.json()).toMatchObject({
    type: 'message',
    content: [{ type: 'text', text: 'Good morning' }],
    stop_reason: 'end_turn',
  })
})

test.each([
  [undefined, 30],
  ['', 30],
  ['fast', 30],
  ['-1', 30],
  ['0', 0],
  ['120', 120],
])('MODEL_SPEED=%s is %d tokens per second', (text, speed) => {
  expect(readSpeed({ MODEL_SPEED: text })).toBe(speed)
})

test('closing ends answers that are running', async () => {
  const model = await startModel()
  const answer = await post(model, request('slow answer'))
  await model.close()
  await expect(answer.text()).rejects.toThrow()
})

test('a port that is taken is an error', async () => {
  await using model = await open()
  await expect(startModel({ port: Number(new URL(model.url).port) })).rejects.toThrow(/EADDRINUSE/)
})

test('the real Claude Code writes a file by it', async () => {
  await using model = await open()
  await using folder = await temporaryFolder()
  const messages = await askClaude(model, folder.path, 'write notes.txt: remember the milk')
  expect(await readFile(join(folder.path, 'notes.txt'), 'utf8')).toBe('remember the milk')
  expect(messages).toContainEqual(expect.objectContaining({ type: 'stream_event' }))
  expect(messages.at(-1)).toMatchObject({ type: 'result', is_error: false, result: 'I wrote `notes.txt`.' })
})

test('the real Claude Code runs a subagent whose turns are scripted too', async () => {
  await using model = await open()
  await using folder = await temporaryFolder()
  const messages = await askClaude(model, folder.path, 'use a subagent')
  expect(messages.filter((message) => typeof message.parent_tool_use_id === 'string')).not.toHaveLength(0)
  expect(messages.at(-1)).toMatchObject({
    type: 'result',
    is_error: false,
    result: expect.stringContaining('My helper is back'),
  })
})

async function open(options: ModelOptions = {}): Promise<Model & AsyncDisposable> {
  const model = await startModel({ speed: 0, ...options })
  return { ...model, [Symbol.asyncDispose]: model.close }
}

function request(prompt: string, more: JsonRecord = {}): string {
  const tools = ['AskUserQuestion', 'Read', 'Write'].map((name) => ({ name }))
  return JSON.stringify({ model: 'any', stream: true, tools, messages: [{ role: 'user', content: prompt }], ...more })
}

function post(model: Model, body: string): Promise<Response> {
  return fetch(`${model.url}/v1/messages?beta=true`, { method: 'POST', body })
}

async function ask(model: Model, prompt: string): Promise<JsonRecord[]> {
  const text = await (await post(model, request(prompt))).text()
  return text
    .trimEnd()
    .split('\n\n')
    .map((event) => {
      const [, type, data] = /^event: (\w+)\ndata: (.+)$/.exec(event) ?? []
      const parsed = parseJson(data ?? '')
      if (!isRecord(parsed) || parsed.type !== type) throw new Error(`not an event: ${event}`)
      return parsed
    })
}

function deltas(events: JsonRecord[]): JsonRecord[] {
  return events
    .filter((event) => event.type === 'content_block_delta')
    .map((event) => event.delta)
    .filter(isRecord)
}

function textOf(events: JsonRecord[]): string {
  return deltas(events)
    .map((delta) => (typeof delta.text === 'string' ? delta.text : ''))
    .join('')
}

/** Everything that Claude Code prints, as it would in a terminal without one. */
async function askClaude(model: Model, folder: string, prompt: string): Promise<JsonRecord[]> {
  const program = claudePath(process.env)
  if (program === undefined) throw new Error('Claude Code is not installed for this platform.')
  const args = [
    '-p',
    '--output-format',
    'stream-json',
    '--include-partial-messages',
    '--verbose',
    '--permission-mode',
    'acceptEdits',
  ]
  const { stdout } = await execa(program, args, {
    cwd: folder,
    input: prompt,
    extendEnv: false,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      ANTHROPIC_BASE_URL: model.url,
      ANTHROPIC_API_KEY: 'scripted',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
    },
    timeout: 25_000,
  })
  return stdout.split('\n').map(parseJson).filter(isRecord)
}

async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'farhand-model-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
}
