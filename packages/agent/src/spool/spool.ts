import type { DatabaseSync } from 'node:sqlite'
import type { FarhandError } from '@farhand/shared'
import { createCommits } from './commits.ts'
import { findDamage, isDamage, quarantine } from './damage.ts'
import { makePrivateDirectory, openDatabase } from './database.ts'
import { openGrantStore, type GrantStore } from './grants.ts'
import { openInboxStore, type InboxStore } from './inbox.ts'
import { lockDirectory } from './lock.ts'
import { openOpenRequests, type OpenRequests } from './openRequests.ts'
import { openOutboxStore, type OutboxStore } from './outbox.ts'
import type { Unreadable } from './readDocument.ts'
import { openRegistry, type Registry } from './registry.ts'
import { openSessionFacts, type SessionFactsStore } from './sessionFacts.ts'
import { openSessionRecords, type SessionRecords } from './sessionRecords.ts'
import { openToolCallStore, type ToolCallStore } from './toolCalls.ts'

/** All that the agent must not forget, in one database that one process at a time works on. */
export type Spool = {
  registry: Registry
  outbox: OutboxStore
  inbox: InboxStore
  sessions: SessionRecords
  facts: SessionFactsStore
  requests: OpenRequests
  grants: GrantStore
  toolCalls: ToolCallStore
  /** Where a damaged database was put aside at the start; this one began empty in its place. */
  quarantined: string | undefined
  /** After every commit: there may be something new to send. */
  onCommitted(listener: () => void): () => void
  /** The disk is full or failing, and was not before. What was to be written waits in memory and is tried again. */
  onFailed(listener: (error: FarhandError) => void): () => void
  /** The database turned out to be damaged. Nothing more can be kept in it; the next start begins a new one. */
  onDamaged(listener: (error: unknown) => void): () => void
  /** Writes what waits, and gives the directory free. @throws FarhandError `AGENT_STORAGE` */
  close(): void
}

/** Damage that nobody has met yet is looked for this often; the database is small, since it holds what is on its way. */
const CHECK_EVERY_MS = 10 * 60 * 1000

/**
 * Opens the state in `directory`, made where it is missing. A damaged database is put aside and a new one begun; who this
 * agent is stands elsewhere and stays.
 * @param options `unreadable` is told of a document inside that can't be read; the agent goes on without it
 * @throws AlreadyRunningError, or an Error in words
 */
export function openSpool(
  directory: string,
  clock: { now(): number },
  { checkMs = CHECK_EVERY_MS, unreadable = () => {} }: { checkMs?: number; unreadable?: Unreadable } = {},
): Spool {
  makePrivateDirectory(directory)
  const unlock = lockDirectory(directory)
  try {
    const { db, quarantined } = openSound(directory, clock)
    return spoolOver(db, { directory, clock, unlock, quarantined, checkMs, unreadable })
  } catch (error) {
    unlock()
    throw error
  }
}

function openSound(directory: string, clock: { now(): number }): { db: DatabaseSync; quarantined: string | undefined } {
  try {
    return { db: openDatabase(directory), quarantined: undefined }
  } catch (error) {
    if (!isDamage(error)) throw error
    const quarantined = quarantine(directory, new Date(clock.now()))
    return { db: openDatabase(directory), quarantined }
  }
}

type SpoolParts = {
  directory: string
  clock: { now(): number }
  unlock: () => void
  quarantined: string | undefined
  checkMs: number
  unreadable: Unreadable
}

function spoolOver(db: DatabaseSync, parts: SpoolParts): Spool {
  const { directory, clock, unlock, quarantined, checkMs, unreadable } = parts
  const committed = new Set<() => void>()
  const failed = new Set<(error: FarhandError) => void>()
  const damaged = new Set<(error: unknown) => void>()
  const tellDamage = (error: unknown): void => damaged.forEach((listener) => listener(error))
  let failing = false
  const commits = createCommits(db, {
    committed() {
      failing = false
      guarded(() => committed.forEach((listener) => listener()), tellDamage)
    },
    failed(error) {
      if (isDamage(error)) tellDamage(error)
      if (failing) return
      failing = true
      failed.forEach((listener) => listener(error))
    },
  })
  const checking = setInterval(() => {
    const damage = findDamage(directory)
    if (damage !== undefined) tellDamage(damage)
  }, checkMs).unref()
  return {
    registry: openRegistry(directory, db),
    outbox: openOutboxStore(db, commits, clock),
    inbox: openInboxStore(db, commits, clock),
    sessions: openSessionRecords(db, commits, { clock, unreadable }),
    facts: openSessionFacts(db, commits, unreadable),
    requests: openOpenRequests(db, commits, unreadable),
    grants: openGrantStore(db, commits, clock),
    toolCalls: openToolCallStore(db, commits),
    quarantined,
    onCommitted: (listener) => subscribe(committed, listener),
    onFailed: (listener) => subscribe(failed, listener),
    onDamaged: (listener) => subscribe(damaged, listener),
    close() {
      try {
        commits.flush()
      } finally {
        clearInterval(checking)
        commits.close()
        db.close()
        unlock()
      }
    },
  }
}

/** Whoever reads in answer to a commit may be the first to meet the damage. */
function guarded(act: () => void, tellDamage: (error: unknown) => void): void {
  try {
    act()
  } catch (error) {
    if (!isDamage(error)) throw error
    tellDamage(error)
  }
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
