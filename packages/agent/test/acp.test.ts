import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NoticeBody } from '@farhand/shared'
import { expect, test } from 'vitest'
import { connect } from '../src/acp/connection.ts'
import { initialize } from '../src/acp/opening.ts'
import { findMarked } from '../src/process/sweep.ts'
import { ACP_AGENT, noticesOf, openAcpHouse } from './acpHouse.ts'
import { openHouse, type House } from './house.ts'
import { until } from './temporary.ts'

/** An agent that speaks ACP in the place of Claude Code: a small one of our own, over real standard input and output. */

const made = (house: House, name: string) => existsSync(join(house.project, name))
const setPolicy = (house: House, text: string) => writeFileSync(join(house.directory, 'agent', 'farhand.policy'), text)

test('one process answers many prompts: text, changes of files, tasks, news, limits, a cancel', async () => {
  const house = await openAcpHouse()
  const session = house.session()
  const said = await session.end(await session.command('hello\u2028🙂'))
  expect(said.body).toMatchObject({ result: 'You said hello\u2028🙂', turns: 1 })
  const records = session.log().filter(({ final }) => final === true)
  expect(records.map(({ kind, data }) => [kind, data])).toEqual([
    ['thinking', 'Somebody speaks.'],
    ['text', 'You said hello\u2028🙂'],
  ])
  expect(Object.values(session.streamed()).map((text) => text.slice(0, 8))).toEqual(['Somebody', 'You said'])

  // Who answers is told in the log, in the status and in the start lines.
  const answeredBy = { name: 'Small Agent', version: '1.2.3' }
  expect(session.bodies('run_started')).toEqual([{ cwd: house.project, permissionMode: 'ask', answeredBy }])
  await until('the status', () => house.relay.statuses.some(({ claude }) => claude.answeredBy !== undefined))
  expect(house.relay.statuses.at(-1)?.claude).toMatchObject({ answeredBy, version: '1.2.3' })
  await until('the line', () => house.lines.includes('Small Agent (ACP) 1.2.3 is ready'))

  // A page asks what is offered, and hears of nothing that is Claude Code's.
  const commands = [{ name: 'web', description: 'Search the web', argumentHint: 'what for', builtin: false }]
  expect(await house.relay.request('commands.list')).toEqual({ ok: true, result: { commands } })
  expect(await house.relay.request('models.list')).toEqual({ ok: true, result: { models: [] } })
  expect(await house.relay.request('sessions.importable')).toMatchObject({ result: { sessions: [] } })

  const path = join(house.project, 'a.txt')
  await session.end(await session.command('edit a.txt'))
  expect(session.bodies('tool_started')).toEqual([
    {
      toolUseId: expect.stringMatching(/:edit-a\.txt$/),
      tool: 'Edit',
      input: { description: 'Edit a.txt', file_path: path, old_string: 'before\n', new_string: 'after\n' },
    },
  ])
  expect(session.bodies('tool_finished')).toMatchObject([{ isError: false, structured: { changed: 1 } }])
  await session.end(await session.command('plan'))
  expect(session.bodies('tasks').at(-1)).toMatchObject({ items: [{ status: 'completed' }, { subject: 'leap' }] })
  await session.end(await session.command('garbage'))
  const malformed = ['npm warn something', '{"jsonrpc": "1.0"}']
  expect(noticesOf(session, 'malformed').map((notice) => notice['raw'])).toEqual(malformed)
  expect(noticesOf(session, 'unknown')).toMatchObject([{ raw: { update: { sessionUpdate: 'from_the_future' } } }])
  const spent = await session.end(await session.command('spend'))
  expect(spent.body).toMatchObject({ costUsd: 0.9, context: { tokens: 900, window: 1000 } })

  // How a turn ends is told; the next one goes on from there.
  const codeOf = async (text: string) => (await session.end(await session.command(text))).response.code
  expect(await codeOf('stop max_tokens')).toBe('BUDGET_EXCEEDED')
  expect(await codeOf('stop max_turn_requests')).toBe('BUDGET_EXCEEDED')
  expect(await codeOf('stop refusal')).toBe('ACP_EXIT')
  expect(await codeOf('stop whatever')).toBe('ACP_EXIT')
  expect(await codeOf('fail')).toBe('ACP_EXIT')
  const waiting = await session.command('wait')
  await until('the text', () => Object.values(session.streamed()).includes('waiting'))
  await session.input('cancel', { commandId: waiting })
  expect((await session.end(waiting)).response.code).toBe('CANCELLED')
  const history = await session.end(await session.command('history'))
  expect(history.body.result).toMatch(/, edit a\.txt, plan, .*, fail, wait, history$/)
  expect(house.relay.complaints).toEqual([])
})

test('[REQ3] a call waits for a person, after the policy: once, from now on, denied, changed, cancelled', async () => {
  const house = await openAcpHouse()
  const session = house.session()
  const first = await session.command('mkdir one')
  const request = await session.request()
  expect(request).toMatchObject({
    tool: 'Bash',
    input: { command: 'mkdir one' },
    type: 'permission',
    suggestions: [{ type: 'Allow every mkdir' }],
  })
  await session.decide({ ...request, digest: 'd'.repeat(64) }, {})
  await until('the notice', () => noticesOf(session, 'stale_decision').length === 1)
  expect(made(house, 'one')).toBe(false)
  await session.decide(request, { scope: 'once' })
  expect((await session.end(first)).response.status).toBe('complete')
  expect(made(house, 'one')).toBe(true)

  /** @returns what is asked about this command */
  const asked = async (command: string) => {
    const commandId = await session.command(command)
    const find = () => session.bodies('request').find((body) => JSON.stringify(body).includes(command))
    await until(`the request of ${command}`, () => find() !== undefined)
    return { commandId, request: find() as typeof request }
  }
  const denied = await asked('mkdir two')
  await session.decide(denied.request, { behavior: 'deny' })
  await session.end(denied.commandId)
  expect(session.bodies('tool_finished').at(-1)).toMatchObject({ isError: true })
  const changed = await asked('mkdir three')
  await session.decide(changed.request, { updatedInput: { command: 'mkdir other' } })
  await session.end(changed.commandId)
  expect(noticesOf(session, 'permission_denied').at(-1)?.message).toContain('as it asked for it or not at all')
  const cancelled = await asked('mkdir four')
  await session.input('cancel', { commandId: cancelled.commandId })
  expect((await session.end(cancelled.commandId)).response.code).toBe('CANCELLED')
  expect(session.bodies('request_resolved').at(-1)).toMatchObject({ outcome: 'cancelled' })

  setPolicy(house, 'deny Bash(mkdir never*)\nallow Bash(mkdir free*)\n')
  await session.end(await session.command('mkdir never'))
  expect(noticesOf(session, 'permission_denied').at(-1)?.message).toContain('deny Bash(mkdir never*)')
  await session.end(await session.command('mkdir free'))
  const lasting = await asked('mkdir five')
  await session.decide(lasting.request, { scope: 'always' })
  await session.end(lasting.commandId)
  await session.end(await session.command('mkdir six'))
  expect(['two', 'three', 'other', 'four', 'never'].filter((name) => made(house, name))).toEqual([])
  expect(['free', 'five', 'six'].filter((name) => !made(house, name))).toEqual([])
})

test('the conversation goes on when its process died, and when the agent was stopped; an open request does not', async () => {
  const house = await openAcpHouse()
  const session = house.session()
  const died = await session.end(await session.command('die'))
  expect(died.response.code).toBe('ACP_EXIT')
  expect(died.body.error).toMatchObject({
    message: 'Small Agent ended with code 3 before the run was done.',
    detail: 'Segmentation fault, so to speak',
  })
  expect(Object.values(session.streamed())).toEqual(['half of a sent'])
  expect(noticesOf(session, 'stopping')).toEqual([])
  expect((await session.end(await session.command('history'))).body.result).toBe('die, history')
  // What it tells again of what was said before stands in the log already.
  expect(session.log().some(({ data }) => data.includes('replayed'))).toBe(false)

  const commandId = await session.command('mkdir one')
  await session.request()
  await house.stop()
  await house.start()
  const { response, body } = await session.end(commandId)
  expect([response.code, body.error?.message]).toEqual(['INTERRUPTED', expect.stringContaining('was stopped')])
  expect(session.bodies('request_resolved')).toMatchObject([{ outcome: 'cancelled' }])
  expect(made(house, 'one')).toBe(false)
  expect((await session.end(await session.command('history'))).body.result).toBe('die, history, mkdir one, history')
  expect(noticesOf(session, 'conversation_lost')).toEqual([])

  // Its modes are chosen by their names; what only Claude Code can do is refused in words.
  const plan = await session.end(await session.command('mode', { options: { permissionMode: 'plan' } }))
  expect(plan.body.result).toBe('plan')
  await session.input('setting', { model: 'opus' })
  await session.input('rewind', { to: crypto.randomUUID(), conversation: true, files: false })
  const last = (type: string) => noticesOf(session, type).map(({ message }: NoticeBody) => message)
  await until('both refusals', () => last('setting_refused').length + last('rewind_refused').length === 2)
  expect(last('setting_refused')).toEqual(['Small Agent does not take model opus: it offers no such choice'])
  expect(last('rewind_refused')[0]).toMatch(/^Small Agent can't go back/)
  const fork = await session.end(await session.command('hello', { options: { fork: true } }))
  expect(fork.body.error).toMatchObject({ code: 'BAD_REQUEST', message: expect.stringContaining('copy') })
})

test.each([
  ['speaks another version', [ACP_AGENT, '--newer'], 'ACP_PROTOCOL', 'It speaks version 99'],
  ['wants a login', [ACP_AGENT, '--login'], 'ACP_AUTH', 'run `small login`'],
  ['is not there', ['no-such-agent'], 'ACP_NOT_FOUND', 'no-such-agent was not found'],
  ['is something else', ['/bin/sh', '-c', 'echo usage: agent; exit 2'], 'ACP_EXIT', 'sh ended with code 2'],
])('one that %s: the run ends in words', async (_what, acp, code, words) => {
  const house = await openHouse({ acp })
  const session = house.session()
  const { response, body } = await session.end(await session.command('hello'))
  expect(response.code).toBe(code)
  expect(body.error?.message).toContain(words)
})

test('one that says nothing is not waited for without end, and is gone afterwards', async () => {
  const marker = crypto.randomUUID()
  const program = { executable: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'], env: {} }
  const events = { update() {}, asked: () => Promise.reject(new Error('it asks nothing')), malformed() {} }
  const connection = connect({ ...program, cwd: '/', marker }, events)
  await expect(initialize(connection.agent, 200)).rejects.toMatchObject({
    code: 'ACP_PROTOCOL',
    message: expect.stringContaining('said nothing for 0.2 s'),
  })
  await connection.process.end('kill')
  expect(findMarked(new Set([marker]))).toEqual([])
})
