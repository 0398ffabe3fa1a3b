import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DecisionBody } from '@farhand/shared'
import { expect, test } from 'vitest'
import { answerOf, digestOf, requestBody, type ToolQuestion } from '../driver/question.ts'
import { permissionResult, planText, questionType } from './permissions.ts'

const QUESTION: ToolQuestion = {
  tool: 'Bash',
  input: { command: 'npm test', description: 'tests' },
  options: {
    requestId: 'r1',
    toolUseID: 't1',
    suggestions: [
      {
        type: 'addRules',
        rules: [{ toolName: 'Bash', ruleContent: 'npm test' }],
        behavior: 'allow',
        destination: 'localSettings',
      },
    ],
  },
}
const decision = (part: Partial<DecisionBody>): DecisionBody => ({
  requestId: 'r1',
  digest: 'd',
  behavior: 'allow',
  ...part,
})

const asked = (tool: string): ToolQuestion => ({ ...QUESTION, tool, type: questionType(tool) })
/** From a person's decision to what Claude Code gets. */
const resultOf = (question: ToolQuestion, decided: DecisionBody) =>
  permissionResult(question.tool, answerOf(question, decided))

test('[REQ3] the digest is of tool and input as JSON with sorted keys', () => {
  expect(digestOf('Bash', { b: 1, a: 2 })).toBe(digestOf('Bash', { a: 2, b: 1 }))
  expect(digestOf('Bash', { a: 2 })).not.toBe(digestOf('Write', { a: 2 }))
  expect(digestOf('Bash', { command: 'ls' })).toMatch(/^[0-9a-f]{64}$/)
  expect(requestBody(QUESTION)).toMatchObject({
    digest: digestOf('Bash', QUESTION.input),
    type: 'permission',
    requestId: 'r1',
  })
})

test('a question and a plan are told as what they are; a plan is part of what is decided', () => {
  expect(requestBody(asked('AskUserQuestion')).type).toBe('question')
  const plan = requestBody({ ...asked('ExitPlanMode'), input: {}, plan: '# Do it' })
  expect(plan).toMatchObject({ type: 'plan', plan: '# Do it', input: { plan: '# Do it' } })
  expect(plan.digest).toBe(digestOf('ExitPlanMode', { plan: '# Do it' }))
})

test('once changes nothing for later', () => {
  expect(resultOf(QUESTION, decision({ scope: 'once' }))).toEqual({
    behavior: 'allow',
    updatedInput: QUESTION.input,
  })
})

test('a session rule is forgotten with the session, an always rule goes where Claude Code says', () => {
  const updates = (scope: 'session' | 'always') => {
    const result = resultOf(QUESTION, decision({ scope }))
    return result.behavior === 'allow' ? result.updatedPermissions : undefined
  }
  expect(updates('session')).toEqual([expect.objectContaining({ destination: 'session' })])
  expect(updates('always')).toEqual(QUESTION.options.suggestions)
})

test('a rule of the person counts for the tool that was asked for, and for no other', () => {
  const updates = (rule: string) => {
    const result = resultOf(QUESTION, decision({ scope: 'always', rule }))
    return result.behavior === 'allow' ? result.updatedPermissions : undefined
  }
  expect(updates('Bash(npm *)')).toEqual([
    {
      type: 'addRules',
      rules: [{ toolName: 'Bash', ruleContent: 'npm *' }],
      behavior: 'allow',
      destination: 'localSettings',
    },
  ])
  expect(updates('Write')).toEqual(QUESTION.options.suggestions)
})

test('where no lasting permission may be given, none is', () => {
  const strict = { ...QUESTION, options: { ...QUESTION.options, suppressAlwaysAllowRule: true } }
  expect(resultOf(strict, decision({ scope: 'always' }))).not.toHaveProperty('updatedPermissions')
  expect(requestBody(strict)).not.toHaveProperty('suggestions')
})

test('answers go back with their questions', () => {
  const input = { questions: [{ question: 'Which?' }] }
  const result = resultOf({ ...QUESTION, tool: 'AskUserQuestion', input }, decision({ answers: { 'Which?': 'B' } }))
  expect(result).toEqual({ behavior: 'allow', updatedInput: { ...input, answers: { 'Which?': 'B' } } })
})

test('a refusal carries the words of the person, and may stop the run', () => {
  expect(resultOf(QUESTION, decision({ behavior: 'deny', message: 'use pnpm' }))).toEqual({
    behavior: 'deny',
    message: 'use pnpm',
  })
  expect(resultOf(QUESTION, decision({ behavior: 'deny', stop: true }))).toMatchObject({
    behavior: 'deny',
    interrupt: true,
  })
})

test("a plan's text: from the input, from the call, or from its file", () => {
  const directory = mkdtempSync(join(tmpdir(), 'farhand-plan-'))
  mkdirSync(join(directory, 'plans'))
  const file = join(directory, 'plans', 'quiet-owl.md')
  writeFileSync(file, '# From the file')
  expect(planText({ plan: '# Input' }, { plan: '# Call' }, file)).toBe('# Input')
  expect(planText({}, { plan: '# Call' }, file)).toBe('# Call')
  expect(planText({}, {}, file)).toBe('# From the file')
  expect(planText({ planFilePath: file }, {}, undefined)).toBe('# From the file')
  expect(planText({}, undefined, join(directory, 'plans', 'missing.md'))).toBeUndefined()
  expect(planText({ planFilePath: '/etc/passwd' }, undefined, undefined)).toBeUndefined()
  rmSync(directory, { recursive: true })
})
