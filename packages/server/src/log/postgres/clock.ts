import type { Connection, Database } from './database.ts'

/** The database's time, which all relays of one log go by: whose own clock is wrong then holds up or ends no command of the others. */
export type DatabaseClock = {
  now(): number
  /** Sets it. Answers how far this machine's own clock is ahead. */
  compare(): Promise<number>
}

/** Between two comparisons it goes on by itself, whatever becomes of this machine's clock. */
export function createDatabaseClock(database: Database, own: { now(): number } = Date): DatabaseClock {
  let setTo = own.now()
  let setAt = performance.now()

  return {
    now: () => Math.round(setTo + performance.now() - setAt),
    compare: async () => {
      const asked = performance.now()
      const theirs = await database.read(readClock)
      const answered = performance.now()
      setTo = theirs
      setAt = (asked + answered) / 2
      return Math.round(own.now() - (answered - setAt) - theirs)
    },
  }
}

async function readClock(db: Connection): Promise<number> {
  const [row] = await db.query<{ now: number }>('select (extract(epoch from clock_timestamp()) * 1000)::bigint as now')
  return row?.now ?? 0
}
