import { expect, test } from 'vitest'
import { chooseSteps, STEPS, summary, type Result } from './steps.ts'

const names = (only?: string, without?: string) => chooseSteps(only, without).map((step) => step.name)
const result = (name: string, passed: boolean): Result => ({ name, passed, durationMs: 1, output: '' })

test('all steps run unless some are chosen', () => {
  expect(names()).toEqual(STEPS.map((step) => step.name))
  expect(names('lint, types')).toEqual(['types', 'lint'])
  expect(names('', 'unit,build')).toEqual(STEPS.map((step) => step.name).filter((name) => !/^(unit|build)$/.test(name)))
})

test('a name that no step has is refused with those there are', () => {
  expect(() => names('tipes')).toThrow(/^no such step: tipes\. There are format, /)
})

test('every check of this folder is a step', () => {
  const commands = STEPS.map((step) => step.command.join(' '))
  for (const check of ['rules', 'errors', 'cycles', 'size', 'links', 'evidence', 'portable', 'bundle']) {
    expect(commands).toContain(`node scripts/check/${check}.ts`)
  }
})

test('the summary names what failed and ends with the totals', () => {
  expect(summary([result('lint', true), result('types', false)])).toBe('failed: types\n1 passed, 1 failed')
  expect(summary([result('lint', true)])).toBe('1 passed, 0 failed')
})
