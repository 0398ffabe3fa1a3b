import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { openHouse } from './house.ts'

/** A cancel that the agent acknowledged holds, whatever becomes of the agent before the command has ended. */

test('[CMD5] a command that was stopped just before it began does not run after a restart', async () => {
  const house = await openHouse()
  const session = house.session()
  // A limit is for one process: that of the first command has to end before the second one can begin.
  const options = { maxTurns: 5 }
  await session.end(await session.command('first', { options }))
  const second = await session.command('second', { options })
  await session.input('cancel', { commandId: second })
  await house.stop()
  await house.start()
  expect((await session.end(second)).response).toMatchObject({ status: 'error', code: 'CANCELLED' })
  await session.end(await session.command('third'))
  expect(house.model.turns.map(({ prompt }) => prompt)).not.toContain('second')
})

test('[CMD5] a cancel that came before its command holds after a restart', async () => {
  const house = await openHouse()
  const session = house.session()
  const commandId = randomUUID()
  await session.input('cancel', { commandId })
  await house.stop()
  await house.start()
  await session.command('too late', { commandId })
  expect((await session.end(commandId)).response).toMatchObject({ status: 'error', code: 'CANCELLED' })
  expect(session.kinds()).not.toContain('run_started')
})
