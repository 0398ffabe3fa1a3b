// @vitest-environment node
import type { RequestBody, RequestItem } from '@farhand/shared'
import { expect, test } from 'vitest'
import { alikeOf, togetherTitle } from './together.ts'

const RULE = [{ type: 'addRules', rules: [{ toolName: 'Bash', ruleContent: 'npm test:*' }], behavior: 'allow' }]

function ask(requestId: string, part: Partial<RequestBody> = {}): RequestItem {
  const digest = 'd'
  const input = { command: `npm test ${requestId}` }
  const request: RequestBody = {
    requestId,
    digest,
    type: 'permission',
    tool: 'Bash',
    input,
    suggestions: RULE,
    ...part,
  }
  const state = { name: 'open' } as const
  return { id: requestId, commandId: 'c', at: 0, seq: 1, type: 'request', requestId, digest, request, state }
}

const idsOf = (shown: RequestItem, open: RequestItem[]) => alikeOf(shown, open, '/p').map(({ id }) => id)

test('requests of one tool with one suggestion go together, in the order in which they came', () => {
  const [a, b, c] = [ask('a'), ask('b'), ask('c', { input: { command: 'npm test c', description: 'c' } })]
  const other = [ask('x', { tool: 'Read' }), ask('y', { suggestions: [] })]
  expect(idsOf(b, [a, ...other, b, c])).toEqual(['a', 'b', 'c'])
  expect(idsOf(a, [a, ...other])).toEqual([])
  expect(togetherTitle([a, b, c])).toBe('3 requests to use Bash')
  expect(togetherTitle([ask('m', { tool: 'mcp__docs__read' }), a])).toBe('2 requests to use read from docs')
})

test('what a person should look at twice goes with nothing, and what is no permission neither', () => {
  const [a, b] = [ask('a'), ask('b')]
  const odds: Partial<RequestBody>[] = [
    { input: { command: 'sudo rm x' } },
    { defaultToNo: true },
    { type: 'plan' },
    { type: 'question' },
    { tool: 'Write', input: { file_path: '/etc/hosts', content: '' } },
    { tool: 'Budget', input: { scope: 'session', what: 'cost', limit: 1, spent: 1 }, suggestions: [] },
  ]
  for (const part of odds) {
    const [odd, twin] = [ask('odd', part), ask('twin', part)]
    expect(idsOf(odd, [odd, twin]), JSON.stringify(part)).toEqual([])
    expect(idsOf(a, [a, b, odd])).toEqual(['a', 'b'])
  }
})
