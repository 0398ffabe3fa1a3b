import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson, type ClaudeDrift } from '@farhand/shared'
import type { Logger } from 'pino'
import { z } from 'zod'
import { readKnown, type Known } from './known.ts'
import { NO_DRIFT, compareShapes, describeDrift, isDrift, nameOf, type Drift, type Shapes } from './shapes.ts'

/**
 * Notices when Claude Code says other things than this agent was tried with: by a probe when its version is another one, once
 * per version, and by what comes in real conversations. What is not understood is kept and shown either way; this tells why.
 */
export type DriftWatch = {
  /** Never rejects: a probe that fails tells nothing. */
  check(version: string | undefined): Promise<void>
  /** Each message of a real conversation. */
  see(message: unknown): void
  /** For the page; `undefined` while nothing is different. */
  report(): ClaudeDrift | undefined
  /** Ends a probe that is under way. Resolves when nothing of it is left. */
  close(): Promise<void>
}

export type DriftParts = {
  /** Where it is kept what came of the last probe. */
  dir: string
  /** Left out: nothing is probed. */
  probe?: ((signal: AbortSignal) => Promise<Shapes>) | undefined
  known?: Known
  logger: Logger
  /** There is something new to report. */
  changed(): void
}

export function createDriftWatch({ dir, probe, known = readKnown(), logger, changed }: DriftParts): DriftWatch {
  const file = join(dir, 'drift.json')
  const knownHash = createHash('sha256').update(canonicalJson(known)).digest('hex')
  let version: string | undefined
  let probed: Drift = NO_DRIFT
  const live = new Set<string>()
  const over = new AbortController()
  let checking: Promise<unknown> = Promise.resolve()

  function tell(): void {
    const drift = { unknown: allUnknown(), gone: probed.gone, added: [] }
    logger.warn({ claude: version, recorded: known.version }, `Claude Code has changed: ${describeDrift(drift)}`)
    changed()
  }

  const isKnown = (name: string): boolean => name in known.shapes || known.others.includes(name)
  const allUnknown = (): string[] => [...new Set([...probed.unknown, ...live])]

  async function look(now: string | undefined): Promise<void> {
    if (now === undefined || now === version) return
    version = now
    probed = NO_DRIFT
    live.clear()
    if (now === known.version) return
    const before = readOutcome(file)
    if (before?.version === now && before.known === knownHash) probed = before.drift
    else if (probe !== undefined) {
      try {
        const drift = compareShapes(known.shapes, await probe(over.signal))
        probed = { ...drift, unknown: drift.unknown.filter((name) => !isKnown(name)) }
        writeFileSync(file, JSON.stringify({ version: now, known: knownHash, drift: probed }), { mode: 0o600 })
      } catch (error) {
        if (over.signal.aborted) return
        logger.warn({ err: error, claude: now }, 'a new version of Claude Code could not be tried')
      }
    }
    if (isDrift(probed)) tell()
  }

  return {
    async check(now) {
      const done = look(now)
      checking = Promise.all([checking, done])
      await done
    },
    async close() {
      over.abort()
      await checking
    },
    see(message) {
      const name = nameOf(message)
      if (name === undefined || isKnown(name) || live.has(name) || live.size >= MAX_LIVE) return
      live.add(name)
      tell()
    },
    report() {
      const unknown = allUnknown()
      if (unknown.length === 0 && probed.gone.length === 0) return undefined
      return { recorded: known.version, unknown, gone: probed.gone.slice(0, MAX_LIVE) }
    },
  }
}

const MAX_LIVE = 50

const outcomeSchema = z.object({
  version: z.string(),
  /** What it was compared with: an update of this agent may know more. */
  known: z.string(),
  drift: z.object({ unknown: z.array(z.string()), gone: z.array(z.string()), added: z.array(z.string()) }),
})

function readOutcome(file: string): z.infer<typeof outcomeSchema> | undefined {
  try {
    return outcomeSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data
  } catch {
    return undefined // none yet, or damaged: it is found out anew
  }
}
