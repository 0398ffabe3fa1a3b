import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ACP_AGENT, noticesOf, openAcpHouse } from './acpHouse.ts'
import { command, place, start } from './program.ts'
import { temporaryDirectory, until } from './temporary.ts'

/** Ends of an ACP agent that take their time. */

/** Programs start slowly on a machine that is busy. */
const START_MS = 25_000

test('[CMD5] one that ignores a cancel is ended with all that it started, within 12 s, and told step by step', async () => {
  const house = await openAcpHouse()
  const session = house.session()
  const commandId = await session.command('ignore')
  await until('the text', () => Object.values(session.streamed()).includes('working'))
  await session.input('cancel', { commandId })
  expect((await session.end(commandId, 20_000)).response.code).toBe('CANCELLED')
  expect(noticesOf(session, 'stopping').map(({ message }) => message)).toEqual([
    expect.stringMatching(/^Small Agent did not stop/),
    expect.stringMatching(/^Small Agent did not end/),
  ])
})

test('one that keeps no conversations says so after a stop, and begins anew', async () => {
  const house = await openAcpHouse(['--forgetful'])
  const session = house.session()
  await session.end(await session.command('hello'))
  await house.stop()
  await house.start()
  expect((await session.end(await session.command('history'))).body.result).toBe('history')
  expect(noticesOf(session, 'conversation_lost')[0]?.message).toContain('Small Agent no longer has this conversation')
})

test('one that can resume does so, and tells nothing again; a conversation that it has lost is begun anew', async () => {
  const house = await openAcpHouse(['--resumes'])
  const session = house.session()
  await session.end(await session.command('hello'))
  await house.stop()
  await house.start()
  expect((await session.end(await session.command('resumed'))).body.result).toBe('true')
  await house.stop()
  rmSync(join(house.directory, 'home', 'acp-conversations.json'))
  await house.start()
  expect((await session.end(await session.command('resumed'))).body.result).toBe('false')
  expect(noticesOf(session, 'conversation_lost')).toHaveLength(1)
})

test('a conversation of another coding agent is not gone on with, in neither direction', async () => {
  const house = await openAcpHouse()
  const session = house.session()
  await session.end(await session.command('hello'))
  await house.stop()
  await house.start({ acp: [] })
  const claude = await session.end(await session.command('hello'))
  expect(claude.body.result).toBe('Hello.')
  await house.stop()
  await house.start({ acp: [ACP_AGENT] })
  expect((await session.end(await session.command('history'))).body.result).toBe('history')
  expect(noticesOf(session, 'conversation_lost')).toHaveLength(2)
})

test('a limit of cost holds by what it tells of its cost; a limit of turns is told as one that does not hold', async () => {
  const house = await openAcpHouse()
  const session = house.session()
  const limits = { maxBudgetUsd: 0.5, maxTurns: 3 }
  const { body } = await session.end(await session.command('spend on', { options: limits }))
  expect(body.error?.code).toBe('BUDGET_EXCEEDED')
  expect(noticesOf(session, 'option_ignored')[0]?.message).toContain('a limit of turns')
})

test('[F43] it dies with its agent, also when that is killed, and what ran is INTERRUPTED', async () => {
  const at = await place()
  const home = temporaryDirectory()
  mkdirSync(home, { recursive: true })
  const hellos = at.relay.hellos.length
  const env = { ...at.env, HOME: home, ACP_COMMAND: `'${ACP_AGENT}'` }
  const started = start([], env, at.directory)
  await until('the hello', () => at.relay.hellos.length > hellos, START_MS)
  const input = command(at, { command: 'ignore' })
  await at.relay.send(input)
  const pidFile = join(home, 'acp-pid')
  await until('the prompt', () => existsSync(pidFile), START_MS)
  const pid = Number(readFileSync(pidFile, 'utf8'))
  expect(isAlive(pid)).toBe(true)
  started.child.kill('SIGKILL')
  await until('its end', () => !isAlive(pid), 10_000)
  start([], env, at.directory)
  const ended = () => at.relay.log(input.sessionId).find(({ isComplete }) => isComplete)
  await until('the end of the run', () => ended() !== undefined, START_MS)
  expect(ended()?.code).toBe('INTERRUPTED')
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // it ended
  }
}
