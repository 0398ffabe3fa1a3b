import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  BROWSER_PATH,
  PROTOCOL_VERSION,
  type Entry,
  type Heads,
  type ServerToAgent,
  type Subscription,
} from '@farhand/shared'
import { io } from 'socket.io-client'
import {
  AGENT_ID,
  OWNER_TOKEN,
  PROJECT_ID,
  heard,
  helloOf,
  ok,
  responseOf,
  type TestAgent,
  type TestBrowser,
} from './harness.ts'
import { findPostgres, startPostgres, type TestPostgres } from './postgres.ts'
import { relayProcess, type RelayProcess } from './process.ts'
import { findRedis, startRedis, type TestRedis } from './redis.ts'

/** Two relays as processes on one Postgres and one Redis, all of it for one suite. */
export type TwoRelays = {
  postgres: TestPostgres
  redis: TestRedis
  /** Of both relays. */
  databaseUrl: string
  first: RelayProcess
  second: RelayProcess
  start(relay: RelayProcess): Promise<void>
  close(): Promise<void>
}

export const CLUSTER_NEEDED =
  'Tests of several relays need the programs initdb, postgres and redis-server (Debian: apt-get install postgresql redis-server); they are not here, so nothing of them was run'

/** How a relay reaches what both stand on. */
export type Reach = { env: { DATABASE_URL: string; REDIS_URL: string }; close(): Promise<void> }

const directly = ({ database, redis }: { database: string; redis: string }): Promise<Reach> =>
  Promise.resolve({ env: { DATABASE_URL: database, REDIS_URL: redis }, close: () => Promise.resolve() })

/**
 * Both relays run; undefined where Postgres or Redis is not installed.
 *
 * @param reach asked for each relay
 */
export async function openTwoRelays(
  reach: (urls: { database: string; redis: string }) => Promise<Reach> = directly,
): Promise<TwoRelays | undefined> {
  const [postgresProgram, redisProgram] = [findPostgres(), findRedis()]
  if (postgresProgram === undefined || redisProgram === undefined) return undefined
  const [postgres, redis] = await Promise.all([startPostgres(postgresProgram), startRedis(redisProgram)])
  const files = mkdtempSync(join(tmpdir(), 'farhand-files-'))
  const databaseUrl = await postgres.newDatabase()
  const urls = { database: databaseUrl, redis: redis.url }
  const [ofFirst, ofSecond] = [await reach(urls), await reach(urls)]
  const [first, second] = [relayProcess(), relayProcess()]
  const start = (relay: RelayProcess): Promise<void> =>
    relay.start([], { ...(relay === first ? ofFirst : ofSecond).env, ATTACHMENTS_DIR: files })
  const close = async (): Promise<void> => {
    await Promise.all([first.close(), second.close()])
    await Promise.all([ofFirst.close(), ofSecond.close(), redis.close(), postgres.close()])
    rmSync(files, { recursive: true, force: true })
  }
  try {
    await Promise.all([start(first), start(second)]) // at once, on an empty database
  } catch (error) {
    await close()
    throw error
  }
  return { postgres, redis, databaseUrl, first, second, start, close }
}

/** Somebody who knocks at one relay. */
export function dial(relay: RelayProcess, auth: object = { token: OWNER_TOKEN }): TestBrowser {
  return io(relay.url(), { path: BROWSER_PATH, auth, reconnection: false, forceNew: true, transports: ['websocket'] })
}

/** Welcomed. */
export async function browserAt(relay: RelayProcess, auth?: object): Promise<TestBrowser> {
  const socket = dial(relay, auth)
  await heard(socket, 'welcome')
  return socket
}

export type AgentAt = { socket: TestAgent; epoch: number; inputs: Parameters<ServerToAgent['agent_command']>[0][] }

let connections = 0

/** The agent of these tests at one relay; each time it dials anew, with a greater number. It takes every input. */
export async function agentAt(relay: RelayProcess): Promise<AgentAt> {
  connections += 1
  const connNo = connections
  const socket = relay.agent({ agentId: AGENT_ID, connNo, protocol: PROTOCOL_VERSION })
  const inputs: AgentAt['inputs'] = []
  socket.on('agent_command', (input, ack) => {
    inputs.push(input)
    ack({ ok: true })
  })
  await heard(socket, 'connect')
  const answer = ok(await socket.emitWithAck('agent_hello', helloOf({ connNo })))
  inputs.push(...answer.inputs)
  return { socket, epoch: answer.epoch, inputs }
}

/** A command from `browser`, which opens a session where none is named. */
export async function say(browser: TestBrowser, sessionId?: string): Promise<{ sessionId: string; commandId: string }> {
  const said = { projectId: PROJECT_ID, command: 'go', commandId: randomUUID() }
  return ok(await browser.emitWithAck('execute_command', sessionId === undefined ? said : { ...said, sessionId }))
}

/** An agent's next responses; `n` goes on where it was. */
export function respond({ socket }: AgentAt, at: { sessionId: string; commandId: string }, from: number, to: number) {
  for (let n = from; n <= to; n += 1) socket.emit('command_response', responseOf({ ...at, n }))
}

/** What somebody reads of a session, as it comes, with a check on its order (SUB2): live, each follows the one before. */
export type Reading = {
  entries: Entry[]
  /** What came twice or out of order. Nothing, where all is well. */
  wrong: string[]
  heads: Heads[]
}

export async function readAt(browser: TestBrowser, sessionId: string): Promise<Reading> {
  const reading: Reading = { entries: [], wrong: [], heads: [] }
  const live: Entry[] = []
  let isAnswered = false
  const take = (entry: Entry): void => {
    const cursor = reading.entries.at(-1)?.seq ?? 0
    if (entry.seq === cursor + 1) reading.entries.push(entry)
    else if (isAnswered && entry.seq > cursor + 1) reading.wrong.push(`${entry.seq} after ${cursor}`)
  }
  browser.on('heads', (heads) => void reading.heads.push(heads))
  browser.on('command_result', (said) => {
    const mine = [said].flat().filter((entry) => entry.sessionId === sessionId)
    for (const { seq } of mine) if (live.some((entry) => entry.seq === seq)) reading.wrong.push(`${seq} twice`)
    live.push(...mine)
    if (isAnswered) mine.forEach(take)
  })
  const answer: Subscription = ok(await browser.emitWithAck('subscribe', { sessionId, after: 0 }))
  for (const entry of [...answer.entries, ...live]) take(entry)
  isAnswered = true
  return reading
}
