import { randomUUID } from 'node:crypto'
import { findExecutable } from '../claude/executable.ts'
import { checkClaude } from '../claude/status.ts'
import { readKnown, recordKnown } from './known.ts'
import { probeClaude } from './probe.ts'
import { compareShapes, describeDrift, isDrift } from './shapes.ts'

/**
 * `npm run drift`: tries the installed Claude Code (or that of CLAUDE_PATH) and says what is different from what was recorded;
 * ends with 1 where something is. With `--record` what it says now is what is known from now on.
 */
const path = process.env['PATH'] ?? ''
const claudePath = process.env['CLAUDE_PATH'] === '' ? undefined : process.env['CLAUDE_PATH']
const executable = findExecutable(claudePath, path)
const { version = 'unknown' } = await checkClaude(executable, { PATH: path })
const { signal } = new AbortController() // Ctrl-C ends all of it
const seen = await probeClaude({ executable, path, marker: randomUUID(), id: randomUUID(), signal })

if (process.argv.includes('--record')) {
  recordKnown(version, seen)
  process.stdout.write(`Recorded ${Object.keys(seen).length} messages of Claude Code ${version}.\n`)
} else {
  const known = readKnown()
  const drift = compareShapes(known.shapes, seen)
  drift.unknown = drift.unknown.filter((name) => !known.others.includes(name))
  process.stdout.write(`Claude Code ${version}, recorded with ${known.version}: ${Object.keys(seen).length} messages\n`)
  if (drift.added.length > 0) process.stdout.write(`new fields: ${drift.added.join(', ')}\n`)
  process.stdout.write(isDrift(drift) ? `${describeDrift(drift)}\n` : 'nothing has changed\n')
  process.exitCode = isDrift(drift) ? 1 : 0
}
