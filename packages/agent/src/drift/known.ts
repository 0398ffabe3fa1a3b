import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Shapes } from './shapes.ts'

/** What the messages of Claude Code looked like when this agent was last tried with it. */
const knownSchema = z.object({
  version: z.string(),
  /** Of the probe's conversation; recorded by `npm run drift -- --record`. */
  shapes: z.record(z.string(), z.array(z.string())),
  /** Messages that the probe does not bring about, and that are understood, or known to say nothing. */
  others: z.array(z.string()),
})
export type Known = z.infer<typeof knownSchema>

const FILE = join(import.meta.dirname, 'known.json')

export function readKnown(): Known {
  return knownSchema.parse(JSON.parse(readFileSync(FILE, 'utf8')))
}

export function recordKnown(version: string, shapes: Shapes): void {
  writeFileSync(FILE, `${JSON.stringify({ ...readKnown(), version, shapes }, null, 2)}\n`)
}
