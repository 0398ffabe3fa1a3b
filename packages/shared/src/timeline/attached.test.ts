import { expect, test } from 'vitest'
import { buildLog } from '../testing/builders.ts'
import { emptyTimeline, foldEntries } from './reduce.ts'

const files = [{ id: '00000000-0000-4000-8000-000000000001', name: 'a.png', mediaType: 'image/png', bytes: 5 }]
const notice = (response: object) => ({
  kind: 'notice',
  response: { level: 'info', type: 'attachments', message: 'With a.png.', ...response },
})
const command = { kind: 'command', response: 'look' }

test('the files of a command stand with its message, for every observer', () => {
  const { items } = foldEntries(emptyTimeline(), buildLog([command, notice({ files })]))
  expect(items).toMatchObject([{ type: 'message', text: 'look', attachments: files }])
  expect(items).toHaveLength(1)
})

test('they stand there from the beginning on, and what the agent says later doubles nothing', () => {
  const commandId = '00000000-0000-4000-8000-0000000000c1'
  const attached = { kind: 'attached', response: { commandId, files } }
  const log = buildLog([{ ...command, commandId }, attached, { ...notice({ files }), commandId }])
  expect(foldEntries(emptyTimeline(), log.slice(0, 2)).items).toMatchObject([{ type: 'message', attachments: files }])
  expect(foldEntries(emptyTimeline(), log).items).toMatchObject([{ type: 'message', attachments: files }])
  expect(foldEntries(emptyTimeline(), log.slice(1, 2)).items).toEqual([])
})

test('where the message is not read, or the files are no files, the notice is a line of its own', () => {
  for (const lines of [[notice({ files })], [command, notice({ files: [{ id: 'x' }] })], [command, notice({})]]) {
    const { items } = foldEntries(emptyTimeline(), buildLog(lines))
    expect(items.at(-1)).toMatchObject({ type: 'notice', notice: { message: 'With a.png.' } })
  }
})
