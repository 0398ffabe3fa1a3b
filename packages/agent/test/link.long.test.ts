import { expect, test } from 'vitest'
import { openHouse } from './house.ts'
import { until } from './temporary.ts'

/** What of the link takes longer than a person would wait. */

test('a token that is not valid is tried again every half minute, and the agent goes on where it was', async () => {
  const house = await openHouse({ claude: 'answers.mjs' })
  house.relay.refuse = { at: 'handshake', code: 'UNAUTHENTICATED' }
  house.relay.socket()?.disconnect(true)
  await until('two more tries', () => house.relay.handshakes === 3, 60_000)
  house.relay.refuse = undefined
  await until('the hello', () => house.relay.hellos.length === 2, 60_000)
  expect(house.lines.filter((line) => line.startsWith('UNAUTHENTICATED'))).toHaveLength(1)
  const session = house.session()
  expect((await session.end(await session.command('still here'))).response.status).toBe('complete')
}, 120_000)
