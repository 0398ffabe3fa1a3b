import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const PRIVATE_DIRECTORY = 0o700
/** SQLite waits in our thread, and nobody else has business in this file. */
const BUSY_TIMEOUT_MS = 500
const SCHEMA_VERSION = 1

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
  // The order matters: choosing the journal may lower `synchronous`, and only FULL survives a power loss.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;')
  migrate(db)
  return db
}

function migrate(db: DatabaseSync): void {
  const version = db.prepare('PRAGMA user_version').get()?.['user_version']
  if (version === SCHEMA_VERSION) return
  if (version !== 0) throw new Error(`The state is of another version of the agent (${String(version)})`)
  db.exec(`BEGIN; ${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT;`)
}

const SCHEMA = `
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
