import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../test/temporary.ts'
import { openSpool } from '../spool/spool.ts'
import { testPolicy } from './dryRun.ts'

test('also a call that is too long to be kept whole is tried, and none deceives whoever reads', () => {
  const directory = temporaryDirectory()
  const [dir, project] = [join(directory, 'agent'), join(directory, 'shop')]
  mkdirSync(project)
  const spool = openSpool(dir, Date)
  const call = { at: 1, cwd: project, root: project, verdict: 'allow' }
  const file_path = join(project, 'secret.txt')
  spool.toolCalls.record({ ...call, tool: 'Write', input: { file_path, content: 'x'.repeat(1_000_000), edits: [1] } })
  spool.toolCalls.record({ ...call, tool: 'Bash', input: { command: 'ls \u202etxt.exe\u2028\u001b[2J' } })
  spool.close()
  writeFileSync(join(dir, 'farhand.policy'), `[${project}]\ndeny Write(secret.txt)`)
  const lines: string[] = []
  expect(testPolicy({ dir, projects: [project], home: directory }, (line) => lines.push(line))).toBe(0)
  expect(lines).toEqual([
    `* deny   Write  ${file_path}  (${join(dir, 'farhand.policy')}:2)`,
    '* claude Bash  ls  txt.exe  [2J',
    '2 calls: deny 1, claude 1. * is another answer than was given then.',
  ])
})
