import type { InputFacts, NumberedEntry, OwnedSession } from '../batch/tables.ts'
import { ENTRY_COLUMNS, HELD_KEY_PREFIX, type RequestRow } from '../rows.ts'
import type { Append } from '../store.ts'
import type { Connection } from './database.ts'
import { ChangedMeanwhileError } from './errors.ts'

/**
 * What a batch can ask for, loaded before it begins. The sessions that it is about are locked first, so that two relays
 * decide about one session one after the other, and everything read after that stays true until the commit. What is not
 * there cannot be locked: where another relay made it meanwhile, the batch is decided again.
 */
export type Facts = {
  /** The agent of each project that there is. */
  projects: Map<string, string>
  sessions: Map<string, OwnedSession>
  inputs: Map<string, KnownInput>
  /** Those that end a command, and those whose number comes again. */
  entries: NumberedEntry[]
  begun: { session_id: string; command_id: string }[]
  requests: RequestRow[]
}

export type KnownInput = InputFacts & { input_id: string; kind: string }

type Pair = readonly [string, string]

export async function loadFacts(connection: Connection, items: readonly Append[]): Promise<Facts> {
  const inputIds = [...new Set(items.flatMap(inputsOf))]
  const stored = await readOwners(connection, inputIds)
  // What comes in with this batch, and over it what is there already.
  const owners = new Map([...items.flatMap(ownersIn), ...stored])
  const named = [...new Set([...items.flatMap(sessionsOf), ...owners.values()])]
  const sessions = await lockSessions(connection, named)
  const inputs = await readInputs(connection, inputIds)
  const isNew = [...inputs.keys()].some((inputId) => !stored.has(inputId))
  const unlocked = named.filter((sessionId) => !sessions.has(sessionId))
  if (isNew || (await existsAny(connection, unlocked))) throw new ChangedMeanwhileError()
  const known = (pair: Pair): boolean => sessions.has(pair[0])
  const commands = items.flatMap((item) => commandsOf(item, owners)).filter(known)
  const said = items.flatMap((item) => commandsOf(item, owners, true)).filter(known)
  return {
    projects: await readProjects(connection, items),
    sessions,
    inputs,
    entries: [...(await readEnds(connection, commands)), ...(await readRepeated(connection, items, sessions))],
    begun: await readBegun(connection, said),
    requests: [
      ...(await readRequests(connection, items.flatMap((item) => keysOf(item, owners)).filter(known))),
      ...(await readRequestsOf(connection, commands)),
    ],
  }
}

// --- What an item is about ------------------------------------------------------------------------------------------

function sessionsOf(item: Append): string[] {
  switch (item.type) {
    case 'command':
    case 'input':
    case 'drop':
    case 'roll_forward':
      return [item.sessionId]
    case 'response':
      return [item.response.sessionId]
    case 'expire':
    case 'hold':
    case 'interrupt':
    case 'delivered':
      return []
    default:
      return item satisfies never
  }
}

/** Inputs that are named without their session. */
function loneInputs(item: Append): string[] {
  switch (item.type) {
    case 'expire':
    case 'hold':
    case 'drop':
    case 'interrupt':
      return [item.commandId]
    case 'delivered':
      return [item.inputId]
    case 'command':
    case 'input':
    case 'response':
    case 'roll_forward':
      return []
    default:
      return item satisfies never
  }
}

function ownersIn(item: Append): Pair[] {
  return item.type === 'command' ? [[item.commandId, item.sessionId]] : []
}

function inputsOf(item: Append): string[] {
  switch (item.type) {
    case 'command':
      return [item.commandId]
    case 'input':
      return [item.inputId]
    case 'response':
      return item.response.isComplete ? [item.response.commandId] : []
    default:
      return loneInputs(item)
  }
}

/** Commands with their sessions that an item may end; or, `relay`, that the relay itself speaks of. */
function commandsOf(item: Append, owners: ReadonlyMap<string, string>, relay = false): Pair[] {
  switch (item.type) {
    case 'response':
      return item.response.isComplete && !relay ? [[item.response.sessionId, item.response.commandId]] : []
    case 'expire':
    case 'hold':
    case 'drop':
    case 'interrupt': {
      const owner = owners.get(item.commandId)
      return owner === undefined ? [] : [[owner, item.commandId]]
    }
    case 'command':
    case 'input':
    case 'delivered':
    case 'roll_forward':
      return []
    default:
      return item satisfies never
  }
}

function keysOf(item: Append, owners: ReadonlyMap<string, string>): Pair[] {
  if (item.type === 'input') return item.key === undefined ? [] : [[item.sessionId, item.key]]
  if (item.type === 'response') {
    const { sessionId, kind, key } = item.response
    return key !== undefined && (kind === 'request' || kind === 'request_resolved') ? [[sessionId, key]] : []
  }
  return commandsOf(item, owners, true).map(([sessionId, commandId]) => [sessionId, HELD_KEY_PREFIX + commandId])
}

// --- Reading --------------------------------------------------------------------------------------------------------

const PAIRS = `unnest($1::text[], $2::text[])`

const SQL = {
  owners: `select input_id, session_id from inputs where input_id = any($1)`,
  lock: `select s.*, p.agent_id from sessions s join projects p using (project_id)
    where s.session_id = any($1) order by s.session_id for update of s`,
  exist: `select 1 from sessions where session_id = any($1) limit 1`,
  projects: `select project_id, agent_id from projects where project_id = any($1)`,
  inputs: `select i.input_id, i.session_id, s.project_id, i.seq, i.kind, i.body_hash, i.delivered, i.finished
    from inputs i join sessions s using (session_id) where i.input_id = any($1)`,
  ends: `select ${ENTRY_COLUMNS}, n from entries where status <> 'streaming' and (session_id, command_id) in (select * from ${PAIRS})`,
  repeated: `select ${ENTRY_COLUMNS}, n from entries
    where (session_id, n) in (select * from unnest($1::text[], $2::bigint[]))`,
  begun: `select session_id, command_id from ${PAIRS} as said (session_id, command_id) where exists (
    select 1 from entries e where e.session_id = said.session_id and e.command_id = said.command_id and e.n is not null)`,
  requests: `select * from requests where (session_id, key) in (select * from ${PAIRS})`,
  requestsOf: `select * from requests
    where state <> 'resolved' and (session_id, command_id) in (select * from ${PAIRS})`,
} as const

async function readOwners(connection: Connection, inputIds: readonly string[]): Promise<Map<string, string>> {
  if (inputIds.length === 0) return new Map()
  const rows = await connection.query<{ input_id: string; session_id: string }>(SQL.owners, [inputIds])
  return new Map(rows.map((row) => [row.input_id, row.session_id]))
}

async function lockSessions(connection: Connection, sessionIds: string[]): Promise<Map<string, OwnedSession>> {
  if (sessionIds.length === 0) return new Map()
  const rows = await connection.query<OwnedSession>(SQL.lock, [sessionIds])
  return new Map(rows.map((row) => [row.session_id, row]))
}

async function existsAny(connection: Connection, sessionIds: readonly string[]): Promise<boolean> {
  return sessionIds.length > 0 && (await connection.query(SQL.exist, [sessionIds])).length > 0
}

async function readProjects(connection: Connection, items: readonly Append[]): Promise<Map<string, string>> {
  const projectIds = items.flatMap((item) => (item.type === 'command' ? [item.projectId] : []))
  if (projectIds.length === 0) return new Map()
  const rows = await connection.query<{ project_id: string; agent_id: string }>(SQL.projects, [projectIds])
  return new Map(rows.map((row) => [row.project_id, row.agent_id]))
}

async function readInputs(connection: Connection, inputIds: string[]): Promise<Map<string, KnownInput>> {
  if (inputIds.length === 0) return new Map()
  const rows = await connection.query<KnownInput>(SQL.inputs, [inputIds])
  return new Map(rows.map((row) => [row.input_id, row]))
}

async function readRepeated(
  connection: Connection,
  items: readonly Append[],
  sessions: ReadonlyMap<string, OwnedSession>,
): Promise<NumberedEntry[]> {
  const repeated = items.flatMap((item) => {
    if (item.type !== 'response') return []
    const { sessionId, n } = item.response
    return n <= (sessions.get(sessionId)?.last_n ?? 0) ? [{ sessionId, n }] : []
  })
  if (repeated.length === 0) return []
  return await connection.query<NumberedEntry>(SQL.repeated, [
    repeated.map((one) => one.sessionId),
    repeated.map((one) => one.n),
  ])
}

const readEnds = (connection: Connection, pairs: readonly Pair[]) =>
  queryPairs<NumberedEntry>(connection, SQL.ends, pairs)
const readBegun = (connection: Connection, pairs: readonly Pair[]) =>
  queryPairs<Facts['begun'][number]>(connection, SQL.begun, pairs)
const readRequests = (connection: Connection, pairs: readonly Pair[]) =>
  queryPairs<RequestRow>(connection, SQL.requests, pairs)
const readRequestsOf = (connection: Connection, pairs: readonly Pair[]) =>
  queryPairs<RequestRow>(connection, SQL.requestsOf, pairs)

async function queryPairs<Row extends object>(
  connection: Connection,
  text: string,
  pairs: readonly Pair[],
): Promise<Row[]> {
  if (pairs.length === 0) return []
  return await connection.query<Row>(text, [pairs.map(([first]) => first), pairs.map(([, second]) => second)])
}
