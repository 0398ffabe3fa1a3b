import type { DatabaseSync } from 'node:sqlite'
import { agentCommandSchema, type AgentCommand } from '@farhand/shared'
import { z } from 'zod'
import type { Commits } from './commits.ts'
import { freshInputs, type StoredInput } from './inboxRules.ts'
import { readDocument } from './readDocument.ts'

export type { StoredInput }

/**
 * Inputs that the relay handed over (CMD3). `accepted`: safe here, not begun. `started`: handed to Claude Code, so after
 * a crash its outcome can't be known. `done`: acted upon; kept so that a repeat is recognised.
 */
export type InboxStore = {
  /**
   * Writes inputs in one transaction, at once.
   * @returns those that were not here before
   * @throws FarhandError `AGENT_STORAGE`
   */
  accept(inputs: readonly AgentCommand[]): StoredInput[]
  /** @throws FarhandError `AGENT_STORAGE`; then the command must not be begun */
  start(inputId: string): void
  /** With the next commit, which is the one of the response that ends it. */
  finish(inputId: string): void
  /** A command that waits is changed or moved among those of its session. */
  edit(input: StoredInput): void
  /** What is not done, in the order in which it is to be acted upon. */
  open(state: 'accepted' | 'started'): StoredInput[]
  /** Commands that are not done. */
  openCommands(): string[]
  /** Whether an input was acted upon to its end. */
  isDone(inputId: string): boolean
}

/** A repeat of an older input is not to be expected any more: its acknowledgement arrived long ago. */
const KEEP_DONE_MS = 90 * 24 * 60 * 60 * 1000

export function openInboxStore(db: DatabaseSync, commits: Commits, clock: { now(): number }): InboxStore {
  const find = db.prepare('SELECT 1 FROM inbox WHERE input_id = ?')
  const insert = db.prepare(
    `INSERT INTO inbox (input_id, session_id, kind, state, position, payload, accepted_at)
     VALUES (?, ?, ?, 'accepted', ?, ?, ?) ON CONFLICT DO NOTHING`,
  )
  const start = db.prepare("UPDATE inbox SET state = 'started' WHERE input_id = ? AND state = 'accepted'")
  const finish = db.prepare("UPDATE inbox SET state = 'done', payload = '' WHERE input_id = ?")
  const edit = db.prepare("UPDATE inbox SET payload = ?, position = ? WHERE input_id = ? AND state = 'accepted'")
  const openCommands = db.prepare("SELECT input_id FROM inbox WHERE kind = 'command' AND state <> 'done' LIMIT ?")
  const done = db.prepare("SELECT 1 FROM inbox WHERE input_id = ? AND state = 'done'")
  const open = db.prepare(
    'SELECT input_id, payload, position, accepted_at FROM inbox WHERE state = ? ORDER BY session_id, position, input_id',
  )
  // A cancel whose command never came stays open; it is as old news as what is done.
  db.prepare("DELETE FROM inbox WHERE (state = 'done' OR kind = 'cancel') AND accepted_at < ?").run(
    clock.now() - KEEP_DONE_MS,
  )

  return {
    accept(inputs) {
      const acceptedAt = clock.now()
      const fresh = freshInputs(inputs, (inputId) => find.get(inputId) !== undefined, acceptedAt)
      if (fresh.length === 0) return []
      commits.now(() => {
        for (const { input, position } of fresh) {
          insert.run(input.inputId, input.sessionId, input.kind, position, JSON.stringify(input), acceptedAt)
        }
      })
      return fresh
    },
    start(inputId) {
      commits.now(() => {
        start.run(inputId)
      })
    },
    finish(inputId) {
      commits.write(() => {
        finish.run(inputId)
      })
    },
    edit({ input, position }) {
      commits.write(() => {
        edit.run(JSON.stringify(input), position, input.inputId)
      })
    },
    open: (state) =>
      z
        .array(rowSchema)
        .parse(open.all(state))
        .flatMap(({ input_id, payload, position, accepted_at }) => {
          const input = readDocument(agentCommandSchema, payload)
          if (input !== undefined) return [{ input, position, acceptedAt: accepted_at }]
          // The relay hears that it is not here any more, and ends it.
          commits.write(() => {
            finish.run(input_id)
          })
          return []
        }),
    openCommands: () =>
      z
        .array(z.object({ input_id: z.string() }))
        .parse(openCommands.all(MAX_OPEN_COMMANDS))
        .map(({ input_id }) => input_id),
    isDone: (inputId) => done.get(inputId) !== undefined,
  }
}

/** More than a hello may name; nobody waits for so many. */
const MAX_OPEN_COMMANDS = 10_000

const rowSchema = z.object({ input_id: z.string(), payload: z.string(), position: z.number(), accepted_at: z.int() })
