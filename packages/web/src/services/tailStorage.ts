import { entrySchema, projectSchema, sessionSummarySchema, type Project, type SessionSummary } from '@farhand/shared'
import { z } from 'zod'
import type { Database } from './database.ts'
import { fitTail, tailsToDrop, type Tail } from './tailRules.ts'

/** The projects and sessions that a person saw last. */
export type Lists = { projects: Project[]; sessions: SessionSummary[] }

/** What was read stays readable without the relay. Everything belongs to a person, and goes when that one signs out. */
export type TailStorage = {
  load(person: string, sessionId: string): Promise<Tail | undefined>
  save(person: string, tail: Tail, now: number): Promise<void>
  drop(person: string, sessionId: string): Promise<void>
  /** The rights to all other projects have ended. */
  keepProjects(person: string, projectIds: ReadonlySet<string>): Promise<void>
  loadLists(person: string): Promise<Lists | undefined>
  saveLists(person: string, lists: Lists): Promise<void>
  erase(): Promise<void>
}

const factsSchema = z.object({
  person: z.string(),
  sessionId: z.string(),
  projectId: z.string().optional(),
  logEpoch: z.string(),
  from: z.number(),
  cursor: z.number(),
  readAt: z.number(),
  bytes: z.number(),
  usedAt: z.number(),
})
type Facts = z.infer<typeof factsSchema>
const listsSchema = z.object({ projects: z.array(projectSchema), sessions: z.array(sessionSummarySchema) })

const ALL = ['tailFacts', 'tailEntries'] as const

export function tailStorageOf(database: Database): TailStorage {
  async function factsOf(person: string): Promise<Facts[]> {
    const rows = await database.getAll('tailFacts')
    return rows.flatMap((row) => factsSchema.safeParse(row).data ?? []).filter((facts) => facts.person === person)
  }

  async function dropAll(person: string, sessionIds: readonly string[]): Promise<void> {
    if (sessionIds.length === 0) return
    const transaction = database.transaction(ALL, 'readwrite')
    for (const sessionId of sessionIds) {
      for (const store of ALL) void transaction.objectStore(store).delete([person, sessionId])
    }
    await transaction.done
  }

  return {
    async load(person, sessionId) {
      const transaction = database.transaction(ALL)
      const [facts, rows] = await Promise.all([
        transaction.objectStore('tailFacts').get([person, sessionId]),
        transaction.objectStore('tailEntries').get([person, sessionId]),
        transaction.done,
      ])
      const known = factsSchema.safeParse(facts)
      const entries = z.array(entrySchema).safeParse(rows)
      if (!known.success || !entries.success) return undefined
      const { projectId, logEpoch, from, cursor, readAt } = known.data
      return { sessionId, projectId, logEpoch, from, cursor, readAt, entries: entries.data }
    },
    async save(person, tail, now) {
      const { entries, bytes, projectId, ...rest } = fitTail(tail)
      const facts: Facts = { ...rest, ...(projectId === undefined ? {} : { projectId }), person, bytes, usedAt: now }
      const transaction = database.transaction(ALL, 'readwrite')
      void transaction.objectStore('tailFacts').put(facts, [person, tail.sessionId])
      void transaction.objectStore('tailEntries').put(entries, [person, tail.sessionId])
      transaction.commit() // said now, it holds although the page is gone in a moment
      await transaction.done
      await dropAll(person, tailsToDrop(await factsOf(person)))
    },
    drop: (person, sessionId) => dropAll(person, [sessionId]),
    async keepProjects(person, projectIds) {
      const ended = (await factsOf(person)).filter(
        ({ projectId }) => projectId === undefined || !projectIds.has(projectId),
      )
      await dropAll(
        person,
        ended.map(({ sessionId }) => sessionId),
      )
    },
    async loadLists(person) {
      return listsSchema.safeParse(await database.get('lists', person)).data
    },
    async saveLists(person, lists) {
      await database.put('lists', lists, person)
    },
    async erase() {
      const transaction = database.transaction([...ALL, 'lists'], 'readwrite')
      await Promise.all([
        transaction.objectStore('tailFacts').clear(),
        transaction.objectStore('tailEntries').clear(),
        transaction.objectStore('lists').clear(),
        transaction.done,
      ])
    },
  }
}

/** For browsers without a database: nothing is kept. */
export function noTails(): TailStorage {
  const nothing = (): Promise<undefined> => Promise.resolve(undefined)
  return {
    load: nothing,
    save: nothing,
    drop: nothing,
    keepProjects: nothing,
    loadLists: nothing,
    saveLists: nothing,
    erase: nothing,
  }
}
