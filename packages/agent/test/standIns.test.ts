import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { findMarked } from '../src/process/sweep.ts'
import { openHouse } from './house.ts'
import { lived, until } from './temporary.ts'

/** What the real Claude Code does not do on request. */

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const IDLE_MS = 10 * MINUTE_MS
/** Not yet the half of it, which is told. */
const SILENCE_MS = 4 * MINUTE_MS

/**
 * What a run may take passes only when the test says so: how long a busy machine keeps a stand-in waiting counts nothing. An
 * `until` then ends in vain with the test only.
 */
function holdRunClock(): void {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
}

test('malformed lines are kept and counted, and the run goes on', async () => {
  const house = await openHouse({ claude: 'prints-garbage.mjs' })
  const session = house.session()
  expect((await session.end(await session.command('hello'))).response.status).toBe('complete')
  expect(session.bodies('notice').map((notice) => (notice as { type: string; raw: string }).raw)).toEqual([
    'npm warn something\r',
    '{"type": "assist',
    'null',
  ])
  expect(Object.values(session.streamed())).toEqual(['between'])
  expect((await session.end(await session.command('hello again'))).response.status).toBe('complete')
})

test('too many of them: it is not Claude Code that we talk to', async () => {
  const house = await openHouse({ claude: 'prints-only-garbage.mjs' })
  const session = house.session()
  const { response } = await session.end(await session.command('hello'))
  expect(response.code).toBe('CLAUDE_PROTOCOL')
  const notices = session.bodies('notice') as { type: string }[]
  expect(notices.filter(({ type }) => type === 'malformed')).toHaveLength(100)
  expect((await session.end(await session.command('in earnest'))).body.result).toBe('You said in earnest')
})

test('one that dies midway: what it said is kept, and its last words are the detail', async () => {
  const house = await openHouse({ claude: 'dies-midway.mjs' })
  const session = house.session()
  const { response, body } = await session.end(await session.command('hello'))
  expect(response.code).toBe('CLAUDE_EXIT')
  expect(body.error).toMatchObject({
    message: expect.stringContaining('code 3'),
    detail: 'Segmentation fault, so to speak',
  })
  expect(Object.values(session.streamed())).toEqual(['half of a sent'])
})

test('one that dies at once, twice: each command ends, and the agent lives', async () => {
  const house = await openHouse({ claude: 'dies-at-start.mjs' })
  const session = house.session()
  for (const words of ['first', 'second']) {
    const { body } = await session.end(await session.command(words))
    expect(body.error).toMatchObject({ code: 'CLAUDE_EXIT', detail: 'the configuration is broken' })
  }
  expect(house.lines.some((line) => line.startsWith('CLAUDE_NOT_FOUND'))).toBe(true)
})

test('one that ends without a result is never complete', async () => {
  const house = await openHouse({ claude: 'ends-without-result.mjs' })
  const session = house.session()
  expect((await session.end(await session.command('hello'))).response.code).toBe('CLAUDE_NO_RESULT')
})

test('[CMD5] one that ignores everything is ended with all that it started, within 12 s', async () => {
  const house = await openHouse({ claude: 'ignores-everything.mjs' })
  const session = house.session()
  const commandId = await session.command('hello')
  await until('its marker', () => session.kinds().includes('text'))
  const marker = Object.values(session.streamed())[0]?.replace('marker ', '') ?? ''
  expect(marker).toMatch(/^[0-9a-f-]{36}$/)
  const late = lived(12_000).then(() => 'not ended within 12 s')
  await session.input('cancel', { commandId })
  const ended = await Promise.race([session.end(commandId, 30_000), late])
  expect(ended).toMatchObject({ response: { code: 'CANCELLED' } })
  expect(session.bodies('notice')).toEqual([
    expect.objectContaining({ type: 'stopping', signal: 'SIGTERM' }),
    expect.objectContaining({ type: 'stopping', signal: 'SIGKILL' }),
  ])
  expect(findMarked(new Set([marker]))).toEqual([])
})

test('one that falls silent is told about, then ended', async () => {
  const house = await openHouse({ claude: 'drips.mjs', idleMs: 600 })
  const session = house.session()
  const { response } = await session.end(await session.command('quiet'))
  expect(response.code).toBe('TIMEOUT_IDLE')
  // On a busy machine it may be silent before its first word, too, and that is told as well.
  const notices = session.bodies('notice')
  expect([1, 2]).toContain(notices.length)
  for (const notice of notices) expect(notice).toMatchObject({ level: 'warning', type: 'idle' })
})

test('[REQ4] one that waits for a person is not silent, however long it takes', async () => {
  holdRunClock()
  const house = await openHouse({ claude: 'asks.mjs', idleMs: IDLE_MS, totalMs: HOUR_MS })
  const session = house.session()
  const commandId = await session.command('make it')
  await until('the request', () => session.bodies('request').length === 1)
  for (let hour = 0; hour < 4; hour += 1) {
    vi.advanceTimersByTime(HOUR_MS)
    await lived(100) // so that an end of it would be told
  }
  expect(session.bodies('run_finished')).toEqual([])
  expect(session.bodies('request_resolved')).toEqual([])
  await session.input('cancel', { commandId })
  expect((await session.end(commandId)).response.code).toBe('CANCELLED')
})

test('one that drips is not silent', async () => {
  holdRunClock()
  const house = await openHouse({ claude: 'drips.mjs', idleMs: IDLE_MS })
  const session = house.session()
  const commandId = await session.command('hello')
  const drips = (since = 0) => session.log().filter(({ kind, at }) => kind === 'text' && at > since).length
  await until('the first drip', () => drips() > 0)
  for (let passedMs = 0; passedMs < 2 * IDLE_MS; passedMs += SILENCE_MS) {
    vi.advanceTimersByTime(SILENCE_MS)
    const since = Date.now()
    // The next one may be of what was said before, and was held back for its frame; the second one can't.
    await until('more drips, or its end', () => drips(since) > 1 || session.kinds().includes('run_finished'))
  }
  await session.input('cancel', { commandId })
  expect((await session.end(commandId)).response.code).toBe('CANCELLED')
  expect(session.bodies('notice')).toEqual([])
})

test('one that floods: everything arrives, in order', async () => {
  const house = await openHouse({ claude: 'floods.mjs' })
  const session = house.session()
  await session.end(await session.command('hello'), 30_000)
  const whole = session
    .log()
    .filter(({ kind }) => kind === 'text')
    .reduce((bytes, { data }) => bytes + data.length, 0)
  expect(whole).toBe(20 * 1024 * 1024)
  expect(house.relay.complaints).toEqual([])
})

test('an executable that is not there is CLAUDE_NOT_FOUND, and is found as soon as it is', async () => {
  const house = await openHouse({ claude: '../../../nothing/claude' })
  const session = house.session()
  const { body } = await session.end(await session.command('hello'))
  expect(body.error).toMatchObject({ code: 'CLAUDE_NOT_FOUND', message: expect.stringContaining('nothing') })
  await until('the line', () => house.lines.some((line) => line.startsWith('CLAUDE_NOT_FOUND')))
})

test('an executable of a name is looked up on the PATH', async () => {
  const house = await openHouse()
  const script = join(house.directory, 'claude')
  writeFileSync(script, '#!/bin/sh\necho 1.2.3\n')
  chmodSync(script, 0o755)
  const { checkClaude } = await import('../src/claude/status.ts')
  expect(await checkClaude('claude', { PATH: `/nowhere:${house.directory}` })).toMatchObject({
    executable: script,
    version: '1.2.3',
  })
})
