import { expect, test } from 'vitest'
import { announcedOutput } from './outputFiles.ts'

const ID = '5219a6f6-9f2e-4ed9-9caa-b6d8521ff3a4'
const told = (path: string) =>
  `Command running in background with ID: b8p16. Output is being written to: ${path}. You will be notified when it completes.`
const structured = { stdout: '', backgroundTaskId: 'b8p16' }
const PATH = `/tmp/claude-0/-home-dev-my shop/${ID}/tasks/b8p16.output`

test('the file that Claude Code names for a task is taken', () => {
  expect(announcedOutput({ output: told(PATH), structured }, ID)).toEqual({ taskId: 'b8p16', path: PATH })
})

test.for([
  ['of another conversation', PATH.replace(ID, 'other'), structured],
  ['of another task', PATH.replace('b8p16.', 'c9.'), structured],
  ['elsewhere', '/etc/shadow.output', structured],
  ['on a way round', `/etc/../x/${ID}/tasks/b8p16.output`, structured],
  ['printed by a command that is no task', PATH, { stdout: told(PATH) }],
] as const)('a file %s is not', ([, path, result]) => {
  expect(announcedOutput({ output: told(path), structured: result }, ID)).toBeUndefined()
})
