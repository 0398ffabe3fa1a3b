import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { requireSound } from './damage.ts'

const PRIVATE_DIRECTORY = 0o700
/** SQLite waits in our thread, and nobody else has business in this file. */
const BUSY_TIMEOUT_MS = 500

/** Makes the agent's directory, which nobody else may read. */
export function makePrivateDirectory(directory: string): void {
  makeDirectory(directory)
  chmodSync(directory, PRIVATE_DIRECTORY)
}

/** Step by step: Node's own recursive way never returns where a file system takes no directories, as in /proc. */
function makeDirectory(directory: string): void {
  if (existsSync(directory)) return
  const parent = dirname(directory)
  if (parent !== directory) makeDirectory(parent)
  mkdirSync(directory, { mode: PRIVATE_DIRECTORY })
}

/**
 * Opens (and makes) the agent's database in `directory`.
 * @throws what SQLite says where the file is damaged, or an Error where it is of another version
 */
export function openDatabase(directory: string): DatabaseSync {
  const db = new DatabaseSync(join(directory, 'agent.db'), { timeout: BUSY_TIMEOUT_MS })
  try {
    // The order matters: choosing the journal may lower `synchronous`, and only FULL survives a power loss.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
    requireSound(db)
    migrate(db)
    // If a sync failed before the last end, the system may hold what is not on the disk, and says so once only. Nothing
    // is appended to such a log: its pages are written anew, into the database, and it begins again.
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function migrate(db: DatabaseSync): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'])
  if (version > MIGRATIONS.length) throw new Error(`The state is of another version of the agent (${version})`)
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index >= version) db.exec(`BEGIN; ${step} PRAGMA user_version = ${index + 1}; COMMIT;`)
  }
}

const FIRST = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE projects (path TEXT PRIMARY KEY, project_id TEXT NOT NULL UNIQUE) STRICT, WITHOUT ROWID;

  -- last_n outlives the rows that it counted: a number is never given out twice.
  CREATE TABLE sessions (
    session_id TEXT PRIMARY KEY,
    last_n INTEGER NOT NULL DEFAULT 0,
    acked_n INTEGER NOT NULL DEFAULT 0,
    claude_session_id TEXT,
    settings TEXT NOT NULL DEFAULT '{}',
    cost_usd REAL NOT NULL DEFAULT 0,
    marker TEXT,
    used_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sessions_unsent ON sessions (session_id) WHERE acked_n < last_n;

  CREATE TABLE outbox (
    session_id TEXT NOT NULL,
    n INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (session_id, n)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE inbox (
    input_id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'started', 'done')),
    position REAL NOT NULL,
    payload TEXT NOT NULL,
    accepted_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX inbox_open ON inbox (session_id, position) WHERE state <> 'done';

  CREATE TABLE open_requests (
    request_id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL,
    command_id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
`

/** What the policy needs, and what has to be known of a request to take its call up again. */
const SECOND = `
  ALTER TABLE open_requests ADD COLUMN call TEXT;

  CREATE TABLE grants (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    author TEXT NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX grants_of_session ON grants (session_id);

  CREATE TABLE tool_calls (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
`

/** Grants can be taken back, so each has an id; those of before end a little early, and are asked for again. */
const THIRD = `
  DROP TABLE grants;

  CREATE TABLE grants (
    grant_id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    author TEXT NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX grants_of_session ON grants (session_id);
`

/** Responses of all sessions lie behind each other, in the order in which they came: a commit writes few pages, however many spoke. */
const FOURTH = `
  CREATE TABLE outbox_in_order (
    session_id TEXT NOT NULL,
    n INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (session_id, n)
  ) STRICT;
  INSERT INTO outbox_in_order SELECT session_id, n, bytes, body FROM outbox ORDER BY session_id, n;
  DROP TABLE outbox;
  ALTER TABLE outbox_in_order RENAME TO outbox;
`

/** Each brings a state from the version of its place to the next one. */
const MIGRATIONS: readonly string[] = [FIRST, SECOND, THIRD, FOURTH]
