import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Client } from 'pg'
import { valueTypes } from '../src/log/postgres/values.ts'
import { freePort } from './freePort.ts'

/** A Postgres of its own for tests, in a temporary directory, with real syncs. */
export type TestPostgres = {
  /** Of a new and empty database. */
  newDatabase(): Promise<string>
  /** Asks the database behind such a URL. */
  query(url: string, text: string): Promise<Record<string, unknown>[]>
  start(): Promise<void>
  /** `immediate` is a crash. */
  stop(how: 'fast' | 'immediate'): Promise<void>
  close(): Promise<void>
}

export const POSTGRES_NEEDED =
  'Postgres tests need the programs initdb and postgres (Debian: apt-get install postgresql); they are not here, so nothing of them was run'

const DEBIAN_HOME = '/usr/lib/postgresql'
const START_LIMIT_MS = 20_000
/** Within this time a server answers that is there. */
const ANSWER_LIMIT_MS = 5_000
/** Postgres itself ends by force, after five seconds, what does not stop. */
const STOP_LIMIT_MS = 8_000
/** Where root may not run it, as root does not for Postgres: the user of Debian's package, or nobody. */
const USERS = ['postgres', 'nobody']

type Program = (name: 'initdb' | 'postgres') => string

/** Undefined where Postgres is not installed. */
export function findPostgres(): Program | undefined {
  const debian = existsSync(DEBIAN_HOME)
    ? readdirSync(DEBIAN_HOME).map((version) => join(DEBIAN_HOME, version, 'bin'))
    : []
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), ...debian.toReversed()]
  const home = directories.find((path) => existsSync(join(path, 'initdb')) && existsSync(join(path, 'postgres')))
  return home === undefined ? undefined : (name) => join(home, name)
}

export async function startPostgres(program: Program): Promise<TestPostgres> {
  const directory = mkdtempSync(join(tmpdir(), 'farhand-postgres-'))
  const user = otherUser()
  if (user !== undefined) chownSync(directory, user.uid, user.gid)
  const data = join(directory, 'data')
  const as = { cwd: directory, env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8' }, ...user }
  const settings = ['-U', 'farhand', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--no-instructions']
  execFileSync(program('initdb'), ['-D', data, ...settings], { ...as, stdio: 'pipe' })
  const port = await freePort()
  const urlOf = (name: string): string => `postgres://farhand@127.0.0.1:${port}/${name}`
  let running: ChildProcess | undefined
  let databases = 0
  process.once('exit', () => running?.kill('SIGQUIT')) // whoever gives up leaves none behind

  async function start(): Promise<void> {
    const options = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'shared_buffers=16MB']
    const args = ['-D', data, '-p', String(port), ...options.flatMap((option) => ['-c', option])]
    running = spawn(program('postgres'), args, { ...as, stdio: 'ignore' })
    const giveUpAt = performance.now() + START_LIMIT_MS
    while (!(await answers(urlOf('postgres')))) {
      if (performance.now() > giveUpAt || running.exitCode !== null) throw new Error('Postgres did not start')
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async function stop(how: 'fast' | 'immediate'): Promise<void> {
    const child = running
    running = undefined
    if (child === undefined || child.exitCode !== null) return
    const exit = once(child, 'exit')
    child.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
    const late = setTimeout(() => end(child), STOP_LIMIT_MS)
    await exit
    clearTimeout(late)
  }

  await start()
  return {
    newDatabase: async () => {
      databases += 1
      const name = `farhand_${databases}`
      await ask(urlOf('postgres'), `create database ${name}`)
      return urlOf(name)
    },
    query: ask,
    start,
    stop,
    close: async () => {
      await stop('immediate')
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({
    connectionString: url,
    types: valueTypes(),
    connectionTimeoutMillis: ANSWER_LIMIT_MS,
  })
  client.on('error', () => {}) // it may be the one that is ended
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

async function answers(url: string): Promise<boolean> {
  return await ask(url, 'select 1').then(
    () => true,
    () => false,
  )
}

/** It and all that it has started: what is left of them would keep a new one from starting. */
function end({ pid }: ChildProcess): void {
  if (pid === undefined) return
  const list = `/proc/${pid}/task/${pid}/children` // of Linux
  const children = existsSync(list) ? readFileSync(list, 'utf8').trim().split(' ').filter(Boolean).map(Number) : []
  for (const one of [pid, ...children]) {
    try {
      process.kill(one, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

function otherUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of USERS) {
    try {
      const idOf = (which: '-u' | '-g') =>
        Number(execFileSync('id', [which, name], { encoding: 'utf8', stdio: 'pipe' }))
      return { uid: idOf('-u'), gid: idOf('-g') }
    } catch {
      // not a user of this machine
    }
  }
  throw new Error(`Postgres does not run as root, and there is no user ${USERS.join(' or ')}`)
}
