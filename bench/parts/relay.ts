import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../packages/server/test/freePort.ts'
import { startPart, type Part } from './process.ts'

const TOKEN_BYTES = 32

/** The relay as people start it, in a process of its own with a directory of its own, and agents beside it. */
export type Relay = {
  url: string
  ownerToken: string
  agentToken: string
  pid(): number
  /** `kill -9`. */
  kill(): Promise<void>
  /** Again, on the same port and directory. */
  start(): Promise<void>
  /** An agent of the bench that serves one new project. */
  openAgent(): Promise<BenchAgent>
  close(): Promise<void>
}

export type BenchAgent = { part: Part; projectId: string }

/**
 * @param prepare may fill the data directory before the first start
 * @param settings beyond the usual ones; relays of one log share their tokens
 */
export async function openRelay(
  prepare: (dataDir: string) => Promise<void> = async () => {},
  settings: Record<string, string> = {},
): Promise<Relay> {
  const directory = await mkdtemp(join(tmpdir(), 'farhand-bench-'))
  const dataDir = join(directory, 'data')
  const { OWNER_TOKEN: ownerToken = newToken(), AGENT_TOKEN: agentToken = newToken() } = settings
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const env = {
    PORT: String(port),
    DATA_DIR: dataDir,
    OWNER_TOKEN: ownerToken,
    AGENT_TOKEN: agentToken,
    LOG_LEVEL: 'error',
    ...settings,
  }
  const launch = (): Promise<Part> => startPart('../packages/server/src/main.ts', [], env)
  await prepare(dataDir)
  let part = await launch()
  const agents: Part[] = []

  return {
    url,
    ownerToken,
    agentToken,
    pid: () => part.pid,
    kill: async () => {
      part.signal('SIGKILL')
      await part.ended
    },
    start: async () => {
      part = await launch()
    },
    openAgent: async () => {
      const projectId = randomUUID()
      const home = join(directory, `agent-${agents.length}`)
      const agent = await startPart('parts/agent.ts', [url, home, projectId], { AGENT_TOKEN: agentToken })
      agents.push(agent)
      return { part: agent, projectId }
    },
    close: async () => {
      for (const agent of agents) await agent.stop()
      await part.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('hex')
}

/** Runs `measure` with a relay that is closed afterwards, whatever happens. */
export async function withRelay<T>(
  measure: (relay: Relay) => Promise<T>,
  prepare?: (dataDir: string) => Promise<void>,
): Promise<T> {
  const relay = await openRelay(prepare)
  try {
    return await measure(relay)
  } finally {
    await relay.close()
  }
}
