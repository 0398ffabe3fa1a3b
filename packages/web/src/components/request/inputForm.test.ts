// @vitest-environment node
import { seededRandom } from '@farhand/shared/testing'
import { expect, test } from 'vitest'
import { inputForm } from './inputForm.ts'

const drawnType = (tool: string, input: Record<string, unknown>) => inputForm(tool, input).form.type
const restOf = (tool: string, input: Record<string, unknown>) => inputForm(tool, input).rest.map(([name]) => name)

test('[REQ3] an input that only looks like an edit is shown field by field', () => {
  const input = { path: 'a', old_string: 'x', new_string: 'y', content: 'z' }
  expect(drawnType('mcp__files__patch', input)).toBe('fields')
  expect(restOf('mcp__files__patch', input)).toEqual(['path', 'old_string', 'new_string', 'content'])
  expect(restOf('mcp__files__patch', { replace_all: false })).toEqual(['replace_all'])
})

test('[REQ3] a form takes out of the rest only what it draws', () => {
  expect(restOf('Write', { file_path: 'a', content: 'x', new_source: 'y', old_string: 'z' })).toEqual([
    'new_source',
    'old_string',
  ])
  expect(restOf('NotebookEdit', { notebook_path: 'a', file_path: 'b', new_source: 'x', edit_mode: 'delete' })).toEqual([
    'notebook_path',
    'edit_mode',
  ])
  expect(restOf('Edit', { file_path: 5, old_string: 'x', new_string: 'y', replace_all: 'yes' })).toEqual([
    'file_path',
    'replace_all',
  ])
  expect(restOf('Bash', { command: 'ls', description: { hidden: true }, run_in_background: false })).toEqual([
    'description',
  ])
  expect(restOf('WebFetch', { url: 'no address', prompt: 'read' })).toEqual(['url', 'prompt'])
})

test('[REQ3] an edit of several that says more than its two texts is told in full', () => {
  const plain = { old_string: 'a', new_string: 'b' }
  expect(restOf('MultiEdit', { file_path: 'f', edits: [plain, plain] })).toEqual([])
  expect(restOf('MultiEdit', { file_path: 'f', edits: [plain, { ...plain, replace_all: true }] })).toEqual(['edits'])
  expect(restOf('MultiEdit', { file_path: 'f', edits: [{ ...plain, file_path: 'other' }] })).toEqual(['edits'])
})

const TOOLS = ['Bash', 'WebFetch', 'Edit', 'MultiEdit', 'Write', 'NotebookEdit', 'Read', 'mcp__a__b']
const NAMES = [
  ...['command', 'description', 'url', 'file_path', 'notebook_path', 'old_string', 'new_string', 'content', 'edits'],
  ...['new_source', 'old_source', 'replace_all', 'run_in_background', 'anything'],
]

test.each(TOOLS)('[REQ3] whatever the input of %s is, each value is drawn or told', (tool) => {
  const random = seededRandom(7)
  for (let round = 0; round < 80; round += 1) {
    let leaves = 0
    const leaf = (): string => `leaf${(leaves += 1)};`
    const value = (depth: number): unknown => {
      const kind = random.int(depth > 1 ? 2 : 5)
      if (kind < 2) return leaf()
      if (kind === 2) return true
      if (kind === 3) return [value(depth + 1), value(depth + 1)]
      return { old_string: leaf(), new_string: leaf(), [NAMES[random.int(NAMES.length)] ?? '']: value(depth + 1) }
    }
    const input = Object.fromEntries(NAMES.filter(() => random.int(2) === 0).map((name) => [name, value(0)]))
    const shown = JSON.stringify(inputForm(tool, input))
    for (let count = 1; count <= leaves; count += 1) {
      if (JSON.stringify(input).includes(`leaf${count};`)) expect(shown).toContain(`leaf${count};`)
    }
  }
})
