import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findMarked } from '../src/process/sweep.ts'
import { openHouse } from './house.ts'
import { until } from './temporary.ts'

/** A cancel that the agent acknowledged holds, whatever becomes of the agent before the command has ended. */

test('[CMD5] a command that was stopped just before it began does not run after a restart', async () => {
  const house = await openHouse({ claude: 'ends-slowly.mjs' })
  const session = house.session()
  // A limit is for one process: that of the first command has to end before the second one can begin.
  const options = { maxTurns: 5 }
  await session.end(await session.command('first', { options }))
  const second = await session.command('second', { options })
  await session.input('cancel', { commandId: second })
  expect(session.bodies('run_finished')).toHaveLength(1)
  await house.stop()
  await house.start()
  expect((await session.end(second)).response).toMatchObject({ status: 'error', code: 'CANCELLED' })
  await session.end(await session.command('third'))
  expect(Object.values(session.streamed()).join(' ')).not.toContain('second')
  expect(session.bodies('run_started')).toHaveLength(2)
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

test('[CMD5] in a subagent: its call ends with all that it started, and the conversation goes on', async () => {
  const house = await openHouse({
    script({ toolResults, prompt }) {
      const [word, ...rest] = prompt.split(' ')
      if (toolResults.length > 0 || word === 'hello') return { blocks: [{ type: 'text', text: `You said ${prompt}` }] }
      const command = { name: 'Bash', input: { command: rest.join(' '), description: 'as asked' } }
      const task = { description: 'sub', prompt: `BASH ${rest.join(' ')}`, subagent_type: 'general-purpose' }
      return { blocks: [{ type: 'tool_use', ...(word === 'BASH' ? command : { name: 'Task', input: task }) }] }
    },
  })
  const session = house.session()
  const commandId = await session.command('DELEGATE echo $FARHAND_RUN > marker; sleep 300 & sleep 300')
  await session.decide(await session.request(), {})
  await until('the call', () => existsSync(join(house.project, 'marker')))
  await session.input('cancel', { commandId })
  expect((await session.end(commandId)).response).toMatchObject({ status: 'error', code: 'CANCELLED' })
  // An interrupt was enough, so nothing had to be pressed.
  expect(session.bodies('notice')).not.toContainEqual(expect.objectContaining({ type: 'stopping' }))
  expect((await session.end(await session.command('hello'))).body.result).toBe('You said hello')
  const marker = readFileSync(join(house.project, 'marker'), 'utf8').trim()
  await house.stop()
  expect(findMarked(new Set([marker]))).toEqual([])
})
