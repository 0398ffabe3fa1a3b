import { expect, test } from 'vitest'
import { foldTasks } from './tasks.ts'

const ONE = { id: '1', subject: 'One', status: 'pending' as const }
const done = (name: string, input: Record<string, unknown>, output = '', structured?: unknown) => ({
  name,
  input,
  output,
  structured,
})

test('TodoWrite replaces the list', () => {
  const todos = [{ content: 'x', status: 'completed', activeForm: 'Doing x' }]
  expect(foldTasks([ONE], done('TodoWrite', { todos }))).toEqual([
    { id: '1', subject: 'x', status: 'completed', activeForm: 'Doing x' },
  ])
})

test('a created task has the id of its result, or of its text', () => {
  const two = { id: '2', subject: 'Two', status: 'pending' }
  expect(foldTasks([ONE], done('TaskCreate', { subject: 'Two' }, '', { task: { id: '2' } }))).toEqual([ONE, two])
  expect(foldTasks([ONE], done('TaskCreate', { subject: 'Two' }, 'Task #2 created'))).toEqual([ONE, two])
  expect(foldTasks([ONE], done('TaskCreate', { subject: 'Two' }, 'created'))).toBeUndefined()
})

test('an update changes one, and may remove it', () => {
  expect(foldTasks([ONE], done('TaskUpdate', { taskId: '1', status: 'completed' }))).toEqual([
    { ...ONE, status: 'completed' },
  ])
  expect(foldTasks([ONE], done('TaskUpdate', { taskId: '1', status: 'deleted' }))).toEqual([])
})

test('other tools have nothing to do with it', () => {
  expect(foldTasks([ONE], done('Bash', { command: 'ls' }))).toBeUndefined()
})
