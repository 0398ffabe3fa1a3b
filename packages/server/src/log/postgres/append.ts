import { appendBatch } from '../batch/append.ts'
import type { NumberedEntry, OwnedSession, Tables } from '../batch/tables.ts'
import type { InputRow, RequestRow, SessionRow } from '../rows.ts'
import type { Append, BatchResult } from '../store.ts'
import type { Connection } from './database.ts'
import { loadFacts, type Facts, type KnownInput } from './facts.ts'
import { insertRows, toArrays, unnest } from './rows.ts'

/** One batch, inside the caller's transaction: load what it can ask for, decide in memory, write everything at once. */
export async function append(connection: Connection, items: readonly Append[], now: number): Promise<BatchResult> {
  const { tables, written } = openTables(await loadFacts(connection, items))
  const result = appendBatch(tables, items, now)
  await write(connection, written)
  return result
}

/** Whether all that was accepted is in the log: nobody else can have written the same to the same places. */
export async function isAppended(connection: Connection, { outcomes }: BatchResult): Promise<boolean> {
  const entries = outcomes.flatMap((outcome) => (outcome.verdict === 'accepted' ? [outcome.entry] : []))
  const columns = [
    entries.map(({ sessionId }) => sessionId),
    entries.map(({ seq }) => seq),
    entries.map(({ commandId }) => commandId),
    entries.map(({ kind }) => kind),
    entries.map(({ response }) => response),
  ]
  const [found] = await connection.query<{ count: number }>(SQL.found, columns)
  return entries.length > 0 && found?.count === entries.length
}

type Written = {
  newSessions: Map<string, SessionRow>
  sessions: SessionRow[]
  inputs: Map<string, InputRow>
  delivered: Set<string>
  finished: Set<string>
  entries: NumberedEntry[]
  requests: Map<string, RequestRow>
}

function nothing(): Written {
  return {
    newSessions: new Map(),
    sessions: [],
    inputs: new Map(),
    delivered: new Set(),
    finished: new Set(),
    entries: [],
    requests: new Map(),
  }
}

const pair = (first: string, second: string | number): string => `${first} ${second}`

/** The tables as they are after each item: what was loaded, and over it what was written. */
function openTables(facts: Facts): { tables: Tables; written: Written } {
  const { projects, sessions, inputs } = facts
  const ends = new Map<string, NumberedEntry>()
  const numbered = new Map<string, NumberedEntry>()
  const begun = new Set(facts.begun.map((one) => pair(one.session_id, one.command_id)))
  const requests = new Map(facts.requests.map((row) => [pair(row.session_id, row.key), row]))
  const written = nothing()

  function note(row: NumberedEntry): void {
    if (row.status !== 'streaming') ends.set(pair(row.session_id, row.command_id), row)
    if (row.n === null) return
    numbered.set(pair(row.session_id, row.n), row)
    begun.add(pair(row.session_id, row.command_id))
  }

  for (const row of facts.entries) note(row)

  const tables: Tables = {
    hasProject: (projectId) => projects.has(projectId),
    session: (sessionId) => sessions.get(sessionId),
    createSession: (row) => {
      sessions.set(row.session_id, owned(row, projects))
      written.newSessions.set(row.session_id, row)
    },
    saveSession: (row) => {
      if (written.newSessions.has(row.session_id)) written.newSessions.set(row.session_id, row)
      else written.sessions.push(row)
    },
    input: (inputId) => inputs.get(inputId),
    insertInput: (row) => {
      inputs.set(row.input_id, { ...row, project_id: sessions.get(row.session_id)?.project_id ?? '' })
      written.inputs.set(row.input_id, row)
    },
    deliver: (inputId) => {
      const known = inputs.get(inputId)
      if (known === undefined || known.delivered === 1) return
      change(known, { delivered: 1 })
      written.delivered.add(inputId)
    },
    finish: (sessionId, commandId) => {
      const known = inputs.get(commandId)
      if (known?.session_id !== sessionId || known.kind !== 'command' || known.finished === 1) return false
      change(known, { delivered: 1, finished: 1 })
      written.finished.add(commandId)
      return true
    },
    end: (sessionId, commandId) => ends.get(pair(sessionId, commandId)),
    entryByN: (sessionId, n) => numbered.get(pair(sessionId, n)),
    hasBegun: (sessionId, commandId) => begun.has(pair(sessionId, commandId)),
    insertEntry: (row) => {
      note(row)
      written.entries.push(row)
    },
    // The database keeps no half of a surrogate pair, so none is found there either.
    request: (sessionId, key) => requests.get(pair(sessionId, key.toWellFormed())),
    requestsOf: (sessionId, commandId) =>
      [...requests.values()].filter(
        (row) => row.session_id === sessionId && row.command_id === commandId && row.state !== 'resolved',
      ),
    saveRequest: (row) => {
      requests.set(pair(row.session_id, row.key), row)
      written.requests.set(pair(row.session_id, row.key), row)
    },
  }

  function change(known: KnownInput, part: Pick<Partial<InputRow>, 'delivered' | 'finished'>): void {
    inputs.set(known.input_id, { ...known, ...part })
    const fresh = written.inputs.get(known.input_id)
    if (fresh !== undefined) written.inputs.set(known.input_id, { ...fresh, ...part })
  }

  return { tables, written }
}

function owned(row: SessionRow, projects: ReadonlyMap<string, string>): OwnedSession {
  const agentId = projects.get(row.project_id)
  if (agentId === undefined) throw new Error('a session of a project that is not there')
  return { ...row, agent_id: agentId }
}

const SAVED = [
  'session_id',
  'head',
  'last_n',
  'running',
  'attention',
  'last_status',
  'last_code',
  'updated_at',
] as const
const SAVED_TYPES = ['text', 'bigint', 'bigint', 'bigint', 'bigint', 'text', 'text', 'bigint']

const SQL = {
  saveSessions: `update sessions s set ${SAVED.slice(1)
    .map((name) => `${name} = v.${name}`)
    .join(', ')} from ${unnest(SAVED_TYPES)} as v (${SAVED.join(', ')}) where s.session_id = v.session_id`,
  deliver: `update inputs set delivered = 1 where input_id = any($1)`,
  finish: `update inputs set delivered = 1, finished = 1 where input_id = any($1)`,
  found: `select count(*) from entries e join ${unnest(['text', 'bigint', 'text', 'text', 'text'])}
    as v (session_id, seq, command_id, kind, body) using (session_id, seq, command_id, kind, body)`,
  replaceRequest: `on conflict (session_id, key) do update set command_id = excluded.command_id, digest = excluded.digest,
    seq = excluded.seq, state = excluded.state, decided_by = excluded.decided_by, at = excluded.at`,
} as const

async function write(connection: Connection, written: Written): Promise<void> {
  const { newSessions, sessions, inputs, entries, requests } = written
  const stored = (ids: ReadonlySet<string>): string[] => [...ids].filter((id) => !inputs.has(id))
  const [delivered, finished] = [stored(written.delivered), stored(written.finished)]
  await insertRows(connection, 'sessions', byId(newSessions))
  if (sessions.length > 0) await connection.run(SQL.saveSessions, toArrays(SAVED, sessions))
  await insertRows(connection, 'inputs', byId(inputs))
  if (delivered.length > 0) await connection.run(SQL.deliver, [delivered])
  if (finished.length > 0) await connection.run(SQL.finish, [finished])
  await insertRows(connection, 'entries', entries)
  await insertRows(connection, 'requests', [...requests.values()], SQL.replaceRequest)
}

/** In an order that all relays share: two who make the same rows wait for each other, and never in a circle. */
function byId<Row>(rows: ReadonlyMap<string, Row>): Row[] {
  return [...rows].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row)
}
