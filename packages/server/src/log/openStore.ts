import { FarhandError } from '@farhand/shared'
import { openSqliteStore } from './sqliteStore.ts'
import type { Share } from './postgres/relayLock.ts'
import type { Store } from './store.ts'

/** Where the log is: in a Postgres database, or else in SQLite in the data directory. */
export type StorePlace = { dataDir: string; databaseUrl: string | undefined }

/** A database often starts together with its relay. */
const PATIENCE_MS = 30_000

const NOBODY_STANDS_BY = 'With REDIS_URL all relays are active, and none stands by: leave --standby out.'

/**
 * The store of the environment. Rejects with a FarhandError that says in words what to change.
 *
 * @param options.serves whether this process serves it alone, or together with others, which takes Postgres; a helper that
 * only adds a token works beside them
 * @param options.standby waits as long as another relay serves the database, or it is not there; with Postgres, and alone
 * @param options.onWait says once that the database is waited for, with what it said
 * @param options.onTakenOver another relay serves the database now
 * @param options.onReplaced the log in the database is another one now
 */
export async function openStore(
  { dataDir, databaseUrl }: StorePlace,
  options: {
    serves: Share | 'beside'
    standby?: boolean
    onWait?: (error: unknown) => void
    onTakenOver?: () => void
    onReplaced?: () => void
  },
): Promise<Store> {
  try {
    const { standby = false, ...rest } = options
    if (standby && rest.serves === 'together') throw new FarhandError('BAD_REQUEST', NOBODY_STANDS_BY)
    if (databaseUrl !== undefined) {
      const { openPostgresStore } = await import('./postgresStore.ts') // its driver is for those who use it
      const patienceMs = standby ? Number.POSITIVE_INFINITY : rest.serves === 'beside' ? 0 : PATIENCE_MS
      return await openPostgresStore({ url: databaseUrl, dataDir, patienceMs, ...rest })
    }
    if (standby)
      throw new FarhandError('BAD_REQUEST', 'To stand by, a relay needs the log in Postgres: set DATABASE_URL.')
    return await openSqliteStore({ dataDir, exclusive: rest.serves !== 'beside' })
  } catch (error) {
    if (!(error instanceof FarhandError) || error.code !== 'STORAGE_UNAVAILABLE') throw error
    throw new FarhandError(error.code, whatToChange(error, dataDir, databaseUrl), { cause: error })
  }
}

/** Of the database only what we say ourselves: its own words may quote the address, with the password in it. */
function whatToChange(error: FarhandError, dataDir: string, databaseUrl: string | undefined): string {
  if (databaseUrl !== undefined) return `The database cannot be used: ${error.message} Check DATABASE_URL.`
  const reason = error.cause instanceof Error ? error.cause.message : error.message
  return `The data directory ${dataDir} cannot be used: ${reason}. Check DATA_DIR.`
}
