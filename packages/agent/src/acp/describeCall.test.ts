import { expect, test } from 'vitest'
import { describeCall } from './describeCall.ts'
import { toolCallSchema } from './messages.ts'

const describe = (call: object) => describeCall(toolCallSchema.parse({ toolCallId: 'c', ...call }))

test.each([
  ['a line', { command: 'git push' }, 'git push'],
  ['words', { command: ['git', 'commit', '-m', "it's done"] }, String.raw`git commit -m 'it'\''s done'`],
  ['a program with arguments', { command: 'git', args: ['push', '--force'] }, 'git push --force'],
  ['a line for a shell', { command: ['/bin/bash', '-lc', 'git push && rm x'] }, 'git push && rm x'],
])('a command that is told as %s is judged as the line it is', (_how, rawInput, line) => {
  const { tool, input, judged, certain } = describe({ kind: 'execute', title: 'Run it', rawInput })
  expect({ tool, judged, certain }).toEqual({
    tool: 'Bash',
    judged: [{ tool: 'Bash', input: { command: line } }],
    certain: true,
  })
  expect(input).toEqual({ ...rawInput, description: 'Run it', command: line })
})

test('a command that stands in the title alone is judged, and nothing is certain', () => {
  expect(describe({ kind: 'execute', title: '`git push`' })).toEqual({
    tool: 'Bash',
    input: { command: 'git push' },
    judged: [{ tool: 'Bash', input: { command: 'git push' } }],
    certain: false,
  })
})

test('a change of a file is an edit with both texts, of a new one its writing, and rules about either count', () => {
  const diff = { type: 'diff', path: '/shop/a.ts', oldText: 'a', newText: 'b' }
  const edit = describe({ kind: 'edit', content: [diff], rawInput: { reason: 'why' } })
  expect(edit).toMatchObject({
    tool: 'Edit',
    input: { file_path: '/shop/a.ts', old_string: 'a', new_string: 'b', reason: 'why' },
    judged: [
      { tool: 'Edit', input: { file_path: '/shop/a.ts' } },
      { tool: 'Write', input: { file_path: '/shop/a.ts' } },
    ],
    certain: true,
  })
  const written = describe({ kind: 'edit', content: [{ ...diff, oldText: null }] })
  expect(written).toMatchObject({ tool: 'Write', input: { file_path: '/shop/a.ts', content: 'b' } })
})

test('several files are all judged, also those that only a location names', () => {
  const diffs = ['/shop/a', '/shop/b'].map((path) => ({ type: 'diff', path, oldText: '', newText: 'x' }))
  const { tool, input, judged } = describe({ kind: 'edit', content: diffs, locations: [{ path: '/shop/.env' }] })
  expect(tool).toBe('MultiEdit')
  expect(input['edits']).toHaveLength(2)
  expect(judged.filter((call) => call.tool === 'Edit').map((call) => call.input['file_path'])).toEqual([
    '/shop/a',
    '/shop/b',
    '/shop/.env',
  ])
})

test('what removes or moves a file falls under rules about writing it', () => {
  const tools = (kind: string) => describe({ kind, rawInput: { path: '/shop/a' } }).judged.map(({ tool }) => tool)
  expect(tools('delete')).toEqual(['Delete', 'Write', 'Edit'])
  expect(tools('move')).toEqual(['Move', 'Write', 'Edit'])
  expect(tools('read')).toEqual(['Read'])
})

test('an address is found in the title as well, but is not certain there', () => {
  expect(describe({ kind: 'fetch', rawInput: { url: 'https://a.example/' } })).toMatchObject({
    tool: 'WebFetch',
    certain: true,
  })
  expect(describe({ kind: 'fetch', title: 'Fetching https://a.example/x now' })).toMatchObject({
    input: { url: 'https://a.example/x' },
    certain: false,
  })
})

test('a tool of another kind goes by its own name, and what is not an object is its input', () => {
  expect(describe({ kind: 'other', name: 'mcp__db__query', rawInput: 'select 1' })).toMatchObject({
    tool: 'mcp__db__query',
    input: { input: 'select 1' },
    certain: true,
  })
  expect(describe({ title: 'Something' })).toMatchObject({ tool: 'Tool', input: { description: 'Something' } })
})
