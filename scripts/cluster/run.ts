import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../packages/server/test/freePort.ts'
import { findPostgres, startPostgres } from '../../packages/server/test/postgres.ts'
import { findRedis, startRedis } from '../../packages/server/test/redis.ts'
import { readLoginLink } from '../up/announce.ts'
import { openDemo } from '../up/demo.ts'
import type { Ending } from '../up/ending.ts'
import { waitForHealth } from '../up/health.ts'
import { readOptions, UsageError } from '../up/options.ts'
import { startPart, type Part } from '../up/part.ts'
import { claimPort } from '../up/port.ts'
import { MARKER, sweep } from '../up/sweep.ts'
import { buildWebApp, isWebAppStale } from '../up/webApp.ts'
import { clusterAnnouncement, type RelayPlace } from './announce.ts'
import { openBalancer } from './balancer.ts'

const USAGE = `npm run cluster [-- --port PORT --host HOST]

Starts a Postgres, a Redis, two relays on them, a balancer before them, and the demo's agent: the real Claude Code with a
scripted model. All of it is removed at the end. A relay that is killed is started again.
`
const RELAYS = 2
const READY_MS = 30_000
/** What a supervisor waits before it starts a relay again. */
const AGAIN_MS = 1_000
/** Each says the address of the balancer, which is told once. */
const IS_READY = /^Farhand server is ready/
const TOKEN_BYTES = 32
const MARKER_BYTES = 8

export type Surroundings = Ending & {
  root: string
  args: readonly string[]
  env: NodeJS.ProcessEnv
  print(text: string): void
}

/** Resolves when it was asked to stop and all of it is gone. Rejects (a UsageError among others) when it cannot start. */
export async function runCluster(surroundings: Surroundings): Promise<void> {
  const { root, args, env, print, stop } = surroundings
  const options = readOptions(['demo', ...args], env)
  if (options === 'help') return print(USAGE)
  const programs = findPrograms()
  const port = await claimPort(options.host, options.port)
  const undos: (() => Promise<void>)[] = []
  try {
    const demo = await openDemo(env, stop)
    undos.push(demo.close)
    if (await isWebAppStale(root)) {
      print('Building the web page …\n')
      await buildWebApp(root, env, stop)
    }
    const marker = randomBytes(MARKER_BYTES).toString('hex')
    undos.push(() => sweep(marker))
    const postgres = await startPostgres(programs.postgres)
    undos.push(postgres.close)
    const redis = await startRedis(programs.redis)
    undos.push(redis.close)
    const databaseUrl = await postgres.newDatabase()
    const below = { DATABASE_URL: databaseUrl, REDIS_URL: redis.url }
    const stage: Stage = {
      ...surroundings,
      env: { ...demo.env, ...below, [MARKER]: marker },
      undos,
      project: demo.project,
    }
    await startTiers(stage, options.host, port)
    await aborted(stop)
  } finally {
    for (const undo of undos.reverse()) await undo()
  }
}

type Stage = Surroundings & { undos: (() => Promise<void>)[]; project: string }

async function startTiers(stage: Stage, host: string, port: number): Promise<void> {
  const { root, env, print, stop, undos, project } = stage
  const url = `http://127.0.0.1:${port}`
  const dataDir = env['DATA_DIR'] ?? ''
  const common = {
    ...env,
    AGENT_TOKEN: `fha_${randomBytes(TOKEN_BYTES).toString('base64url')}`,
    LOG_LEVEL: env['LOG_LEVEL'] || 'warn',
  }
  const relayEnv = { ...common, HOST: '127.0.0.1', PUBLIC_URL: url, ATTACHMENTS_DIR: join(dataDir, 'attachments') }
  const link = Promise.withResolvers<string>()
  const relays: RelayPlace[] = []
  for (let number = 1; number <= RELAYS; number += 1) {
    const own = await freePort()
    const name = `relay ${number}`
    const part = keepRunning(stage, name, {
      args: [join(root, 'packages/server/src/main.ts')],
      cwd: root,
      env: { ...relayEnv, PORT: String(own), DATA_DIR: join(dataDir, String(number)) },
      onLine: (line) => {
        const found = readLoginLink(line)
        if (found !== undefined) link.resolve(found)
        else if (!IS_READY.test(line)) print(`[${name}] ${line}\n`)
      },
    })
    undos.push(part.stop)
    await waitForHealth(`http://127.0.0.1:${own}`, READY_MS, stop)
    relays.push({ port: own, pid: part.pid() })
  }
  const balancer = await openBalancer({ host, port, relays: relays.map((relay) => relay.port) })
  undos.push(balancer.close)
  const agent = keepRunning(stage, 'agent', {
    args: [join(root, 'packages/agent/src/main.ts')],
    cwd: root,
    env: { ...common, SERVER_URL: url, PROJECTS: project, PASS_ENV: MARKER },
    onLine: (line) => print(`[agent] ${line}\n`),
  })
  undos.push(agent.stop)
  print(clusterAnnouncement(await link.promise, relays, project))
}

/** As a supervisor does: one that ends without having been asked to is started again. */
function keepRunning({ print, stop, kill }: Stage, name: string, plan: Parameters<typeof startPart>[0]) {
  const over = new AbortController()
  const ending = AbortSignal.any([stop, over.signal])
  let part: Part | undefined
  const running = (async () => {
    while (!ending.aborted) {
      part = startPart(plan)
      if (part.pid !== undefined) print(`[${name}] process ${part.pid}\n`)
      const how = await part.ended
      if (ending.aborted) return
      print(`[${name}] ${how}, and is started again\n`)
      await sleep(AGAIN_MS, undefined, { signal: ending }).catch(() => undefined) // no use in waiting any more
    }
  })()
  kill.addEventListener('abort', () => part?.kill())
  return {
    pid: () => part?.pid,
    stop: async (): Promise<void> => {
      over.abort()
      await part?.stop()
      await running
    },
  }
}

function findPrograms() {
  const [postgres, redis] = [findPostgres(), findRedis()]
  if (postgres !== undefined && redis !== undefined) return { postgres, redis }
  throw new UsageError(
    'Several relays need a Postgres and a Redis. Install initdb, postgres and redis-server (Debian: apt-get install postgresql redis-server), and start again.',
  )
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
