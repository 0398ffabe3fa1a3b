import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RequestBody, RequestResolvedBody } from '@farhand/shared'
import { expect, test } from 'vitest'
import { openHouse, type House } from './house.ts'
import { AUTHOR } from './relay.ts'
import { until } from './temporary.ts'

/** Several requests at once, in the real Claude Code: it asks together about calls that it would make together. */

const COUNT = 8
const ANN = { id: 'ann', name: 'Ann', device: 'Phone' }

/** A house in which Claude wishes to read eight files at once, for each of which it has to ask. */
async function openReadingHouse(): Promise<House> {
  const house = await openHouse({
    script({ toolResults, prompt }, project) {
      if (prompt !== 'read them' || toolResults.length > 0) {
        return { blocks: [{ type: 'text', text: `You said ${prompt} ${toolResults.join('\n')}` }] }
      }
      const file = (index: number) => join(project, '..', 'outside', `${index}.txt`)
      return {
        blocks: Array.from({ length: COUNT }, (_, index) => {
          return { type: 'tool_use', name: 'Read', input: { file_path: file(index) } }
        }),
      }
    },
  })
  mkdirSync(join(house.directory, 'outside'))
  for (let index = 0; index < COUNT; index += 1) {
    writeFileSync(join(house.directory, 'outside', `${index}.txt`), `content of ${index}`)
  }
  return house
}

test('[REQ6] eight calls of one message, decided in any order: each gets its own answer, once, with who gave it', async () => {
  const house = await openReadingHouse()
  const session = house.session()
  const commandId = await session.command('read them')
  await until('all requests', () => session.bodies('request').length === COUNT)
  const requests = session.bodies('request') as RequestBody[]
  const decisions = requests.map((request, index) => {
    const path = String(request.input['file_path'])
    const allowed = index % 2 === 0
    const { requestId, digest } = request
    const body = {
      requestId,
      digest,
      ...(allowed ? { behavior: 'allow' } : { behavior: 'deny', message: `no ${path}` }),
    }
    return { requestId, path, allowed, body, part: { author: index % 3 === 0 ? ANN : AUTHOR, inputId: randomUUID() } }
  })
  // The last first, and each said twice: once more under its id, and once more under another.
  for (const { body, part } of decisions.toReversed()) {
    await session.input('decision', body, part)
    await session.input('decision', body, part)
    await session.input('decision', { ...body, behavior: 'allow' })
  }
  const { body } = await session.end(commandId)
  for (const { path, allowed } of decisions) {
    const index = /(\d)\.txt$/.exec(path)?.[1]
    if (allowed) expect(body.result).toContain(`content of ${index}`)
    else {
      expect(body.result).toContain(`no ${path}`)
      expect(body.result).not.toContain(`content of ${index}`)
    }
  }
  const resolved = session.bodies('request_resolved')
  expect(resolved).toHaveLength(COUNT)
  for (const { requestId, allowed, part } of decisions) {
    const behavior = allowed ? 'allow' : 'deny'
    expect(resolved).toContainEqual(
      expect.objectContaining({ requestId, behavior, outcome: 'applied', by: part.author }),
    )
  }
})

test('[REQ5] several requests at once can not be taken up: INTERRUPTED, each is told as cancelled, and the session goes on', async () => {
  const house = await openReadingHouse()
  const session = house.session()
  const commandId = await session.command('read them')
  await until('all requests', () => session.bodies('request').length === COUNT)
  await house.stop()
  await house.start()
  expect((await session.end(commandId)).response).toMatchObject({ status: 'error', code: 'INTERRUPTED' })
  expect(session.bodies('request_resolved')).toEqual(
    Array.from({ length: COUNT }, () => expect.objectContaining({ outcome: 'cancelled' })),
  )
  await session.decide(await session.request(), {})
  expect((await session.end(await session.command('and now'))).body.result).toContain('You said and now')
  expect(JSON.stringify(house.model.turns)).not.toContain('content of')
})

test('what is allowed for a while is not asked about once more: requests that it covers are allowed by it', async () => {
  const house = await openReadingHouse()
  const session = house.session()
  const commandId = await session.command('read them')
  await until('all requests', () => session.bodies('request').length === COUNT)
  await session.decide(await session.request(2), { rule: 'Read', forMs: 60_000 })
  expect((await session.end(commandId)).body.result).toContain('content of 7')
  const resolved = session.bodies('request_resolved') as RequestResolvedBody[]
  const standIn = { type: 'grant', rule: 'Read', until: expect.any(Number), by: AUTHOR }
  expect(resolved.filter((each) => each.by !== undefined)).toMatchObject([{ rule: 'Read', until: expect.any(Number) }])
  expect(resolved.filter((each) => each.standIn !== undefined)).toEqual(
    Array.from({ length: COUNT - 1 }, () =>
      expect.objectContaining({ behavior: 'allow', outcome: 'applied', standIn }),
    ),
  )
})
