import type { DatabaseSync } from 'node:sqlite'
import type { FarhandError } from '@farhand/shared'
import { createCommits } from './commits.ts'
import { makePrivateDirectory, openDatabase } from './database.ts'
import { openInboxStore, type InboxStore } from './inbox.ts'
import { lockDirectory } from './lock.ts'
import { openOpenRequests, type OpenRequests } from './openRequests.ts'
import { openOutboxStore, type OutboxStore } from './outbox.ts'
import { openRegistry, type Registry } from './registry.ts'
import { openSessionRecords, type SessionRecords } from './sessionRecords.ts'

/** All that the agent must not forget, in one database that one process at a time works on. */
export type Spool = {
  registry: Registry
  outbox: OutboxStore
  inbox: InboxStore
  sessions: SessionRecords
  requests: OpenRequests
  /** After every commit: there may be something new to send. */
  onCommitted(listener: () => void): () => void
  /** The disk is full or failing. What was to be written waits in memory and is tried again. */
  onFailed(listener: (error: FarhandError) => void): () => void
  /** Writes what waits, and gives the directory free. @throws FarhandError `AGENT_STORAGE` */
  close(): void
}

/**
 * Opens the state in `directory`, made where it is missing.
 * @throws AlreadyRunningError, or what SQLite says of a damaged file
 */
export function openSpool(directory: string, clock: { now(): number }): Spool {
  makePrivateDirectory(directory)
  const unlock = lockDirectory(directory)
  try {
    return spoolOver(openDatabase(directory), clock, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

function spoolOver(db: DatabaseSync, clock: { now(): number }, unlock: () => void): Spool {
  const committed = new Set<() => void>()
  const failed = new Set<(error: FarhandError) => void>()
  const commits = createCommits(db, {
    committed: () => committed.forEach((listener) => listener()),
    failed: (error) => failed.forEach((listener) => listener(error)),
  })
  return {
    registry: openRegistry(db),
    outbox: openOutboxStore(db, commits, clock),
    inbox: openInboxStore(db, commits, clock),
    sessions: openSessionRecords(db, commits, clock),
    requests: openOpenRequests(db, commits),
    onCommitted: (listener) => subscribe(committed, listener),
    onFailed: (listener) => subscribe(failed, listener),
    close() {
      try {
        commits.flush()
      } finally {
        commits.close()
        db.close()
        unlock()
      }
    },
  }
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
