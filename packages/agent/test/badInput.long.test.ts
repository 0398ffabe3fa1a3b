import { expect, test } from 'vitest'
import { openHouse } from './house.ts'

/** Output that no one reads, and that is much: the session stays usable. */

test('a line that never ends: it is no sign of life, so the run is ended as silent, and memory does not grow', async () => {
  const house = await openHouse({ claude: 'prints-long-lines.mjs', idleMs: 3_000 })
  const session = house.session()
  const before = process.memoryUsage().rss
  const { response } = await session.end(await session.command('endless'), 30_000)
  expect(response).toMatchObject({ status: 'error', code: 'TIMEOUT_IDLE' })
  expect(process.memoryUsage().rss - before).toBeLessThan(512 * 1024 * 1024)
  expect((await session.end(await session.command('and now'))).body.result).toBe('You said and now')
}, 60_000)

test('output in one line of 50 MB: what is nothing is told, a message is cut and says so', async () => {
  const house = await openHouse({ claude: 'prints-long-lines.mjs' })
  const session = house.session()
  const garbage = await session.end(await session.command('garbage'))
  expect(garbage.body.result).toBe('after it')
  expect(session.bodies('notice')).toEqual([
    expect.objectContaining({ type: 'malformed', bytes: 50_000_000, raw: 'x'.repeat(2_048) }),
  ])
  expect((await session.end(await session.command('message'))).body.result).toBe('after it')
  const text = session.log().find(({ kind, final }) => kind === 'text' && final === true)
  expect(text?.data.length).toBeLessThanOrEqual(1024 * 1024)
  expect((await session.end(await session.command('and now'))).body.result).toBe('You said and now')
  expect(house.relay.complaints).toEqual([])
}, 60_000)
