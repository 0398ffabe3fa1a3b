import { delimiter, join } from 'node:path'
import type { Mode } from './options.ts'
import { MARKER } from './sweep.ts'

/** Everything that decides how the parts are started. */
export type Setup = {
  mode: Mode
  root: string
  host: string
  port: number
  lan: boolean
  projects: readonly string[]
  /** Lets the agent in; both ends get it. */
  agentToken: string
  /** Marks everything that belongs to this start. */
  marker: string
  env: NodeJS.ProcessEnv
}

export type PartName = 'server' | 'agent' | 'web'
export type PartPlan = { name: PartName; args: string[]; cwd: string; env: NodeJS.ProcessEnv }

/** Where `npm run dev` serves the page; the server behind it has its own port. */
export const DEV_PAGE_URL = 'http://localhost:5173'

/** The server first: the others need it. */
export function planParts(setup: Setup): [server: PartPlan, ...others: PartPlan[]] {
  const { mode, root, agentToken, env } = setup
  const watch = mode === 'dev' ? ['--watch', '--watch-preserve-output'] : []
  const common = {
    ...env,
    AGENT_TOKEN: agentToken,
    LOG_LEVEL: env.LOG_LEVEL || (mode === 'dev' ? 'info' : 'warn'),
    [MARKER]: setup.marker,
  }
  const serverUrl = localUrl(setup)
  const server: PartPlan = {
    name: 'server',
    args: [...watch, join(root, 'packages/server/src/main.ts'), ...(setup.lan ? ['--lan'] : [])],
    cwd: root,
    env: {
      ...common,
      HOST: setup.host,
      PORT: String(setup.port),
      // The login link has to lead to the page, which the server does not serve then.
      ...(mode === 'dev' ? { PUBLIC_URL: DEV_PAGE_URL } : {}),
    },
  }
  const agent: PartPlan = {
    name: 'agent',
    args: [...watch, join(root, 'packages/agent/src/main.ts')],
    cwd: root,
    env: { ...common, SERVER_URL: serverUrl, PROJECTS: setup.projects.join(delimiter), PASS_ENV: passMarker(env) },
  }
  const web: PartPlan = {
    name: 'web',
    args: [
      join(root, 'node_modules/vite/bin/vite.js'),
      '--strictPort',
      '--port',
      new URL(DEV_PAGE_URL).port,
      '--clearScreen',
      'false',
    ],
    cwd: join(root, 'packages/web'),
    env: { ...common, FARHAND_SERVER: serverUrl },
  }
  return mode === 'dev' ? [server, agent, web] : [server, agent]
}

/** Claude Code sees only what it is allowed to, and the marker has to reach its commands. */
function passMarker({ PASS_ENV }: NodeJS.ProcessEnv): string {
  return PASS_ENV ? `${PASS_ENV},${MARKER}` : MARKER
}

/** The server as this machine reaches it. */
export function localUrl({ host, port }: Pick<Setup, 'host' | 'port'>): string {
  const everywhere = host === '0.0.0.0' || host === '::'
  const name = everywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}
