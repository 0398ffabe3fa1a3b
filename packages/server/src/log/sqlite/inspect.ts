import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { FarhandError } from '@farhand/shared'
import { toStorageError } from './connection.ts'

/** What a database file holds, for people. `newest`: when something was said last, in epoch milliseconds. */
export type Contents = { sessions: number; entries: number; newest: number | undefined }

/**
 * Reads a database file through and changes nothing, beside a running server too.
 * @throws FarhandError `NOT_FOUND`, `BAD_REQUEST` where it is no database of this server, `STORAGE_UNAVAILABLE` with what is
 * damaged
 */
export function inspect(file: string): Contents {
  if (!existsSync(file)) throw new FarhandError('NOT_FOUND', `There is no file ${file}.`)
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    const tables = db.prepare(`select name from sqlite_schema where name in ('meta', 'sessions', 'entries')`).all()
    if (tables.length !== 3) throw new FarhandError('BAD_REQUEST', `${file} is not a database of Farhand.`)
    const [first] = db.prepare('PRAGMA integrity_check(1)').all()
    const verdict = String(first?.['integrity_check'])
    if (verdict !== 'ok') throw new FarhandError('STORAGE_UNAVAILABLE', `${file} is damaged: ${verdict}`)
    const row = db.prepare('select count(*) as sessions, max(updated_at) as newest from sessions').get()
    const entries = db.prepare('select count(*) as entries from entries').get()
    return {
      sessions: Number(row?.['sessions']),
      entries: Number(entries?.['entries']),
      newest: typeof row?.['newest'] === 'number' ? row['newest'] : undefined,
    }
  } catch (error) {
    throw inWords(error, file)
  } finally {
    db.close()
  }
}

function inWords(error: unknown, file: string): unknown {
  const known = toStorageError(error)
  if (!(known instanceof FarhandError) || known === error) return error
  return new FarhandError(known.code, `${file} cannot be read: ${error instanceof Error ? error.message : ''}.`, {
    cause: error,
  })
}
