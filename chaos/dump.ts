import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

/** The relay's store as plain data: what is true, whatever anybody saw. */
const entrySchema = z.object({
  sessionId: z.string(),
  seq: z.int(),
  n: z.int().nullable(),
  commandId: z.string(),
  kind: z.string(),
  key: z.string().nullable(),
  final: z.int().nullable(),
  digest: z.string().nullable(),
  body: z.string(),
  status: z.string(),
  code: z.string().nullable(),
})
export type DumpedEntry = z.infer<typeof entrySchema>

export const dumpSchema = z.object({
  logEpoch: z.string(),
  sessions: z.array(
    z.object({ sessionId: z.string(), head: z.int(), lastN: z.int(), running: z.int(), attention: z.int() }),
  ),
  /** By session and seq. */
  entries: z.array(entrySchema),
  inputs: z.array(
    z.object({ inputId: z.string(), sessionId: z.string(), seq: z.int(), kind: z.string(), delivered: z.int() }),
  ),
  requests: z.array(z.object({ sessionId: z.string(), key: z.string(), commandId: z.string(), state: z.string() })),
})
export type Dump = z.infer<typeof dumpSchema>

/** What is asked of the tables, which SQLite and Postgres have alike. */
export const DUMPED = {
  logEpoch: `SELECT value FROM meta WHERE key = 'logEpoch'`,
  sessions: `SELECT session_id AS "sessionId", head, last_n AS "lastN", running, attention FROM sessions`,
  entries: `SELECT session_id AS "sessionId", seq, n, command_id AS "commandId", kind, key, final, digest, body, status, code
    FROM entries ORDER BY session_id, seq`,
  inputs: `SELECT input_id AS "inputId", session_id AS "sessionId", seq, kind, delivered FROM inputs`,
  requests: `SELECT session_id AS "sessionId", key, command_id AS "commandId", state FROM requests`,
} as const

/** Reads the store of a data directory, beside a running relay too; nothing is changed. */
export function dumpStore(dataDir: string): Dump {
  const db = new DatabaseSync(join(dataDir, 'farhand.db'), { readOnly: true })
  try {
    db.exec('BEGIN') // one snapshot for all tables
    return dumpSchema.parse({
      logEpoch: db.prepare(DUMPED.logEpoch).get()?.['value'],
      sessions: db.prepare(DUMPED.sessions).all(),
      entries: db.prepare(DUMPED.entries).all(),
      inputs: db.prepare(DUMPED.inputs).all(),
      requests: db.prepare(DUMPED.requests).all(),
    })
  } finally {
    db.close()
  }
}

/** `node chaos/dump.ts DATA_DIR OUT.json` */
if (import.meta.main) {
  const [dataDir, out] = process.argv.slice(2)
  if (dataDir === undefined || out === undefined) {
    process.stderr.write('Usage: node chaos/dump.ts DATA_DIR OUT.json\n')
    process.exit(2)
  }
  writeFileSync(out, JSON.stringify(dumpStore(dataDir)))
}
