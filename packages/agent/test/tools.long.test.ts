import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { join } from 'node:path'
import type { AgentResult, RequestBody, ToolFinishedBody, ToolStartedBody } from '@farhand/shared'
import { expect, onTestFinished, test, vi } from 'vitest'
import { newCertificate } from './fixtures/certificate.ts'
import { openHouse, type HouseSession } from './house.ts'
import type { Block, Reply, Turn } from './model.ts'
import { temporaryDirectory, until } from './temporary.ts'

/** What the tools of the real Claude Code take and give, and several sessions at once. */
vi.setConfig({ testTimeout: 60_000 })

const NOTEBOOK = {
  cells: [{ cell_type: 'code', id: 'one', source: ['1'], metadata: {}, outputs: [], execution_count: null }],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5,
}

test('each tool is told with its input and its own structured result', async () => {
  const calls = (project: string): [string, Record<string, unknown>][] => [
    ['Write', { file_path: join(project, 'a.txt'), content: 'one\ntwo\n' }],
    ['Read', { file_path: join(project, 'a.txt') }],
    ['Edit', { file_path: join(project, 'a.txt'), old_string: 'two', new_string: 'three' }],
    ['Bash', { command: 'cat a.txt', description: 'look' }],
    ['Read', { file_path: join(project, 'b.ipynb') }],
    ['NotebookEdit', { notebook_path: join(project, 'b.ipynb'), cell_id: 'one', new_source: '2' }],
  ]
  let step = -1
  const house = await openHouse({
    script(_turn, project) {
      step += 1
      const [name, input] = calls(project)[step] ?? []
      if (name === undefined || input === undefined) return { blocks: [{ type: 'text', text: 'All done.' }] }
      return { blocks: [{ type: 'tool_use', name, input }] }
    },
  })
  writeFileSync(join(house.directory, 'agent', 'farhand.policy'), 'allow *\n')
  writeFileSync(join(house.project, 'b.ipynb'), JSON.stringify(NOTEBOOK))
  const session = house.session()
  expect((await session.end(await session.command('go'), 40_000)).body.result).toBe('All done.')
  const started = session.bodies('tool_started') as ToolStartedBody[]
  expect(started.map(({ tool, input }) => [tool, input])).toMatchObject(calls(house.project))
  const finished = session.bodies('tool_finished') as ToolFinishedBody[]
  expect(finished.map(({ isError }) => isError)).toEqual(calls('').map(() => false))
  expect(finished.map(({ structured }) => structured)).toMatchObject([
    { type: 'create', content: 'one\ntwo\n' },
    { type: 'text', file: { content: expect.stringContaining('two') } },
    { oldString: 'two', newString: 'three', structuredPatch: [expect.anything()] },
    { stdout: 'one\nthree', stderr: '' },
    { type: 'notebook' },
    { new_source: '2', cell_type: 'code' },
  ])
  expect(session.bodies('decided')).toHaveLength(6)
  expect(session.bodies('request')).toEqual([])
})

test('several sessions work at once, each with what was said in it', async () => {
  const house = await openHouse({
    script: ({ toolResults, prompt }) =>
      toolResults.length > 0
        ? { blocks: [{ type: 'text', text: `After ${toolResults.length}` }] }
        : { blocks: [{ type: 'tool_use', name: 'Bash', input: { command: `mkdir ${prompt}`, description: 'make' } }] },
  })
  const sessions = ['one', 'two', 'three'].map((name) => ({ name, session: house.session() }))
  const runs = await Promise.all(
    sessions.map(async ({ name, session }) => ({ session, name, id: await session.command(name) })),
  )
  await until('all of them wait', () => runs.every(({ session }) => session.bodies('request').length === 1))
  for (const { session, name } of runs.toReversed()) {
    const [request] = session.bodies('request') as RequestBody[]
    expect(request?.input['command']).toBe(`mkdir ${name}`)
    if (request !== undefined) await session.decide(request, {})
  }
  for (const { session, id } of runs) expect((await session.end(id)).body.result).toBe('After 1')
})

test('a command in the background is read along while it runs, and by nobody else', async () => {
  const command = 'printf "€%.0s" $(seq 12000); for i in 1 2 3 4 5 6; do echo tick $i; sleep 0.5; done'
  const input = { command, run_in_background: true, description: 'ticks' }
  const house = await openHouse({
    script: ({ toolResults }) =>
      toolResults.length > 0
        ? { blocks: [{ type: 'text', text: 'It runs.' }] }
        : { blocks: [{ type: 'tool_use', name: 'Bash', input }] },
  })
  writeFileSync(join(house.directory, 'agent', 'farhand.policy'), 'allow *\n')
  const session = house.session()
  await session.end(await session.command('go'))
  const [{ taskId } = { taskId: '' }] = session.bodies('notice') as { taskId: string }[]
  const ask = async (part: object = {}) => {
    const answer = await house.relay.request('tasks.output', { sessionId: session.sessionId, taskId, ...part })
    return answer.ok ? (answer.result as AgentResult<'tasks.output'>) : answer.error
  }
  const text = (pattern: RegExp) => ({ truncated: true, text: expect.stringMatching(pattern) })
  await expect.poll(() => ask(), { timeout: 10_000 }).toMatchObject(text(/^€+tick 1\ntick 2\n(?!.*tick 6)/s))
  await expect.poll(() => ask(), { timeout: 10_000 }).toMatchObject(text(/^€+tick 1\n.*tick 6\n$/s))
  for (const part of [{ taskId: 'other' }, { taskId: 'constructor' }, { sessionId: house.session().sessionId }]) {
    expect(await ask(part)).toMatchObject({ code: 'NOT_FOUND' })
  }
})

const say = (text: string): Reply => ({ blocks: [{ type: 'text', text }] })
const call = (name: string, input: Record<string, unknown>): Reply => ({ blocks: [{ type: 'tool_use', name, input }] })

/** Makes the calls one after the other, then ends. Other requests than those of the conversation go to `aside`. */
function oneByOne(calls: () => Reply[], aside: (turn: Turn) => Reply | undefined = () => undefined) {
  let made = 0
  return (turn: Turn): Reply => aside(turn) ?? calls()[made++] ?? say('All done.')
}

/** Allows whatever is asked about until the run ends. @returns what was asked about, in order */
async function allowAll(session: HouseSession, commandId: string, count: number): Promise<RequestBody[]> {
  for (let nth = 0; nth < count; nth += 1) await session.decide(await session.request(nth), {})
  expect((await session.end(commandId)).body.result).toBe('All done.')
  return session.bodies('request') as RequestBody[]
}

function finishedOf(session: HouseSession): Pick<ToolFinishedBody, 'isError' | 'output'>[] {
  return (session.bodies('tool_finished') as ToolFinishedBody[]).map(({ isError, output }) => ({ isError, output }))
}

test('a tool of an MCP server of the project is asked about and told; the server starts unasked, unless it is disabled', async () => {
  const article = (name: string) => call('mcp__shop__stock', { article: name })
  const house = await openHouse({
    script: ({ prompt, toolResults }) => (toolResults.length > 0 ? say('All done.') : article(prompt)),
  })
  const server = { command: process.execPath, args: [join(import.meta.dirname, 'fixtures', 'mcpServer.ts')] }
  writeFileSync(join(house.project, '.mcp.json'), JSON.stringify({ mcpServers: { shop: server } }))
  const session = house.session()
  const [asked] = await allowAll(session, await session.command('tea'), 1)
  expect(asked).toMatchObject({ type: 'permission', tool: 'mcp__shop__stock', input: { article: 'tea' } })
  expect(asked?.suggestions).toMatchObject([{ type: 'addRules', rules: [{ toolName: 'mcp__shop__stock' }] }])

  writeFileSync(join(house.directory, 'agent', 'farhand.policy'), 'allow mcp__shop__*\n')
  await session.end(await session.command('nothing'))
  expect(finishedOf(session)).toEqual([
    { isError: false, output: '7 of tea' },
    { isError: true, output: expect.stringMatching(/^No such article/) },
  ])
  expect(session.bodies('request')).toHaveLength(1)

  const settings = { disabledMcpjsonServers: ['shop'] }
  mkdirSync(join(house.directory, 'home', '.claude'), { recursive: true })
  writeFileSync(join(house.directory, 'home', '.claude', 'settings.json'), JSON.stringify(settings))
  const without = house.session()
  await without.end(await without.command('tea'))
  expect(finishedOf(without)).toEqual([{ isError: true, output: expect.stringContaining('No such tool available') }])
})

test('Grep and Glob are not offered, a call of them says what to use instead', async () => {
  const calls = [call('Grep', { pattern: 'tw' }), call('Glob', { pattern: '*.txt' })]
  const house = await openHouse({ script: oneByOne(() => calls) })
  const session = house.session()
  await allowAll(session, await session.command('go'), 0)
  expect(house.model.turns[0]?.tools.filter((name) => /^G(rep|lob)$/.test(name))).toEqual([])
  expect(session.bodies('tool_started')).toMatchObject([{ tool: 'Grep' }, { tool: 'Glob' }])
  expect(finishedOf(session)).toEqual([
    { isError: true, output: expect.stringContaining('`grep` via the Bash tool') },
    { isError: true, output: expect.stringContaining('`find` via the Bash tool') },
  ])
})

test('WebFetch fetches a page, by https only, and tells what could not be fetched', async () => {
  const page = await servePage('<h1>Tea</h1><p>7 in stock</p>')
  const fetched = (url: string) => call('WebFetch', { url, prompt: 'How many?' })
  const urls = [`${page.url}/a`, `${page.url.replace('https', 'http')}/b`, 'http://localhost/']
  const house = await openHouse({
    script: oneByOne(
      () => [...urls, house.model.url].map(fetched),
      ({ tools, prompt }) => (tools.length > 0 ? undefined : say(/\d in stock/.exec(prompt)?.[0] ?? prompt)),
    ),
    env: { NODE_EXTRA_CA_CERTS: page.certificate },
  })
  mkdirSync(join(house.project, '.claude'))
  // Otherwise Claude Code first asks claude.ai whether the host is safe.
  writeFileSync(join(house.project, '.claude', 'settings.json'), JSON.stringify({ skipWebFetchPreflight: true }))
  const session = house.session()
  const requests = await allowAll(session, await session.command('go'), 4)
  expect(requests.map(({ tool, input }) => [tool, input['url']])).toEqual(
    [...urls, house.model.url].map((url) => ['WebFetch', url]),
  )
  expect(page.asked).toEqual(['/a', '/b'])
  expect(finishedOf(session)).toEqual([
    { isError: false, output: '7 in stock' },
    { isError: false, output: '7 in stock' },
    { isError: true, output: expect.stringContaining('cannot fetch localhost') },
    { isError: true, output: expect.stringContaining('SSL') },
  ])
  const [{ structured } = { structured: undefined }] = session.bodies('tool_finished') as ToolFinishedBody[]
  expect(structured).toMatchObject({ code: 200, url: urls[0], result: '7 in stock' })
})

/** A page on loopback over TLS, and the file of the certificate to trust. */
async function servePage(html: string): Promise<{ url: string; certificate: string; asked: string[] }> {
  const tls = newCertificate()
  const certificate = join(temporaryDirectory(), 'certificate.pem')
  writeFileSync(certificate, tls.cert)
  const asked: string[] = []
  const server = createServer(tls, ({ url = '' }, response) => {
    asked.push(url)
    response.writeHead(200, { 'content-type': 'text/html' }).end(html)
  })
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the page has no port')
  return { url: `https://127.0.0.1:${address.port}`, certificate, asked }
}

test('WebSearch searches by a request of its own, and tells what it found or why it found nothing', async () => {
  const found = [{ type: 'web_search_result', url: 'https://tea.example/', title: 'Tea', encrypted_content: 'eA==' }]
  const failed = { type: 'web_search_tool_result_error', error_code: 'max_uses_exceeded' }
  const search = (id: string, query: string, content: object): Block[] => [
    { type: 'server_tool_use', id, name: 'web_search', input: { query } },
    { type: 'web_search_tool_result', tool_use_id: id, content },
  ]
  const house = await openHouse({
    script: oneByOne(
      () => ['tea', 'coffee'].map((query) => call('WebSearch', { query })),
      ({ tools, prompt }) => {
        if (!tools.includes('web_search')) return undefined
        return {
          blocks: prompt.endsWith('tea') ? search('srvtoolu_1', 'tea', found) : search('srvtoolu_2', '', failed),
        }
      },
    ),
  })
  const session = house.session()
  const requests = await allowAll(session, await session.command('go'), 2)
  expect(requests.map(({ tool, input }) => [tool, input])).toEqual([
    ['WebSearch', { query: 'tea' }],
    ['WebSearch', { query: 'coffee' }],
  ])
  expect(house.model.turns.filter(({ tools }) => tools.includes('web_search'))).toHaveLength(2)
  expect(finishedOf(session)).toEqual([
    { isError: false, output: expect.stringContaining('https://tea.example/') },
    { isError: false, output: expect.stringContaining('max_uses_exceeded') },
  ])
  const [{ structured } = { structured: undefined }] = session.bodies('tool_finished') as ToolFinishedBody[]
  expect(structured).toMatchObject({ query: 'tea', results: [{ content: [{ title: 'Tea' }] }] })
  expect(session.bodies('notice')).toEqual([])
})

test('subagents inside subagents: what each does and says stands inside the call that started it, three deep', async () => {
  const agent = (prompt: string) =>
    call('Agent', { description: prompt, prompt, subagent_type: 'general-purpose', run_in_background: false })
  const levels = ['GO', 'ONE', 'TWO', 'THREE', 'FOUR']
  const house = await openHouse({
    script({ history: [said = ''], toolResults: [result] }) {
      if (result === undefined) return agent(levels[levels.indexOf(said) + 1] ?? '')
      if (result.includes('No such tool available')) return call('Bash', { command: 'mkdir deep', description: 'make' })
      return say(said === 'GO' ? 'All done.' : `${said} is done.`)
    },
  })
  const session = house.session()
  const [asked] = await allowAll(session, await session.command('GO'), 1)
  const started = session.bodies('tool_started') as ToolStartedBody[]
  const idOf = (nth: number) => started[nth]?.toolUseId
  expect(started.map(({ tool, input, parentToolUseId }) => [tool, input['description'], parentToolUseId])).toEqual([
    ['Agent', 'ONE', undefined],
    ['Agent', 'TWO', idOf(0)],
    ['Agent', 'THREE', idOf(1)],
    ['Agent', 'FOUR', idOf(2)], // which is one too many
    ['Bash', 'make', idOf(2)],
  ])
  expect(asked).toMatchObject({ toolUseId: idOf(4), tool: 'Bash' })
  const records = session.log().filter(({ kind, final }) => kind === 'text' && final === true)
  expect(records.map(({ key = '', data }) => [key.split('/').slice(0, -1).join('/'), data])).toEqual([
    [idOf(2), 'THREE is done.'],
    [idOf(1), 'TWO is done.'],
    [idOf(0), 'ONE is done.'],
    ['', 'All done.'],
  ])
  const finished = session.bodies('tool_finished') as ToolFinishedBody[]
  expect(finished.map(({ toolUseId, isError }) => [toolUseId, isError])).toEqual(
    [3, 4, 2, 1, 0].map((nth) => [idOf(nth), nth === 3]),
  )
  expect(existsSync(join(house.project, 'deep'))).toBe(true)
})

test('thinking is told while it is thought, each thought with a record at its end', async () => {
  const thought = (text: string): Block => ({ type: 'thinking', text, chunks: 6, delayMs: 60 })
  const first = [thought('First I look into the directory.'), thought('And then behind it.')]
  const house = await openHouse({
    script: ({ toolResults }) =>
      toolResults.length === 0
        ? { blocks: [...first, { type: 'tool_use', name: 'Bash', input: { command: 'ls', description: 'look' } }] }
        : { blocks: [thought('Nothing is there at all.'), { type: 'text', text: 'All done.' }] },
  })
  const session = house.session()
  await allowAll(session, await session.command('go'), 0)
  const thoughts = session.log().filter(({ kind }) => kind === 'thinking')
  const byKey = [...Map.groupBy(thoughts, ({ key }) => key).values()]
  expect(byKey.map((entries) => entries.at(-1)?.data)).toEqual([
    'First I look into the directory.',
    'And then behind it.',
    'Nothing is there at all.',
  ])
  for (const entries of byKey) {
    const deltas = entries.slice(0, -1)
    expect(entries.map(({ final }) => final === true)).toEqual([...deltas.map(() => false), true])
    expect(deltas.length).toBeGreaterThan(1)
    expect(entries.at(-1)?.data.startsWith(deltas.map(({ data }) => data).join(''))).toBe(true)
  }
  // A thought has ended before the next one begins.
  expect(thoughts).toEqual(byKey.flat())
})
