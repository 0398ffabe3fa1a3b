import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync, backup } from 'node:sqlite'
import { FarhandError } from '@farhand/shared'
import { DATABASE_FILE } from './connection.ts'
import { inspect, type Contents } from './inspect.ts'

/** All pages in one go: a copy in parts begins anew with every commit of a running server. */
const ALL_PAGES = 2 ** 31 - 1

/**
 * Copies the store of a data directory into one file, as it is at one moment, beside a running server too. The file is
 * there only when it is whole, checked and on disk. It holds everything that was said and the hashes of tokens, so only
 * its user can read it.
 * @throws FarhandError `BAD_REQUEST` where the file is there already, `NOT_FOUND` without a store
 */
export async function backupStore(dataDir: string, file: string): Promise<Contents> {
  const source = join(dataDir, DATABASE_FILE)
  if (!existsSync(source)) throw new FarhandError('NOT_FOUND', `There is nothing to back up in ${dataDir}.`)
  if (existsSync(file)) throw new FarhandError('BAD_REQUEST', `${file} is there already; name another file.`)
  const part = `${file}.part`
  rmSync(part, { force: true })
  closeSync(openSync(part, 'wx', 0o600))
  try {
    await copy(source, part)
    const contents = inspect(part)
    syncToDisk(part)
    renameSync(part, file)
    syncToDisk(dirname(resolve(file)))
    return contents
  } finally {
    rmSync(part, { force: true })
  }
}

async function copy(source: string, target: string): Promise<void> {
  const db = new DatabaseSync(source, { readOnly: true })
  try {
    await backup(db, target, { rate: ALL_PAGES })
  } finally {
    db.close()
  }
  const copied = new DatabaseSync(target)
  copied.exec('PRAGMA journal_mode=DELETE') // one file, without a write-ahead log beside it
  copied.close()
}

/** A file, or the names in a directory. */
export function syncToDisk(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
