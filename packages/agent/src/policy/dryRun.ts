import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Print } from '../tell.ts'
import { listToolCalls, type ToolCallRecord } from '../spool/toolCalls.ts'
import type { Verdict } from './decide.ts'
import { openPolicy, type Policy } from './policy.ts'

const SHOWN_LENGTH = 100

/**
 * `farhand-agent policy test`: what the policy, as it now stands, would say of the calls that were made on this machine.
 * Nothing is run or changed, and a running agent is not disturbed.
 * @returns the exit code: 1 where the policy can't be read
 */
export function testPolicy(places: { dir: string; projects: readonly string[]; home: string }, print: Print): number {
  const policy = openPolicy(places.dir, places.home)
  const errors = policy.errors(places.projects)
  for (const { source, message } of errors) print(`${source}: ${message}`)
  if (errors.length > 0) {
    print('Until this is corrected every call is denied.')
    return 1
  }
  const calls = pastCalls(places.dir)
  for (const line of report(calls, policy)) print(line)
  return 0
}

/** Each call with what would be said of it, the changed ones marked, and the sums. Pure but for the policy's own files. */
export function report(calls: readonly ToolCallRecord[], policy: Policy): string[] {
  if (calls.length === 0) return ['No calls were made on this machine yet.']
  const counts = new Map<string, number>()
  const lines = calls.map((call) => {
    const verdict = policy.judge({ ...call, project: call.project ?? call.root }, [])
    const said = nameOf(verdict)
    counts.set(said, (counts.get(said) ?? 0) + 1)
    const changed = call.verdict === (verdict?.verb ?? '') ? ' ' : '*'
    return `${changed} ${said.padEnd(6)} ${call.tool}  ${shown(call)}${verdict === undefined ? '' : `  (${verdict.source})`}`
  })
  const sums = [...counts].map(([said, count]) => `${said} ${count}`).join(', ')
  return [...lines, `${calls.length} calls: ${sums}. * is another answer than was given then.`]
}

/** What the policy says nothing of is left to Claude Code's own rules. */
function nameOf(verdict: Verdict | undefined): string {
  return verdict?.verb ?? 'claude'
}

function shown({ input }: ToolCallRecord): string {
  const told = input['command'] ?? input['file_path'] ?? input['url']
  const text = typeof told === 'string' ? told : JSON.stringify(input)
  // A developer's terminal is a target too, and what turns the direction of reading round is made to deceive.
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
  return plain.length > SHOWN_LENGTH ? `${plain.slice(0, SHOWN_LENGTH)}…` : plain
}

function pastCalls(dir: string): ToolCallRecord[] {
  const file = join(dir, 'agent.db')
  if (!existsSync(file)) return []
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    return listToolCalls(db)
  } finally {
    db.close()
  }
}
