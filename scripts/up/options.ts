import { parseArgs } from 'node:util'

export const MODES = ['start', 'demo', 'dev'] as const
export type Mode = (typeof MODES)[number]

export type Options = {
  mode: Mode
  host: string
  /** 0: a free one. */
  port: number
  lan: boolean
  /** Directories to serve, as the person wrote them. */
  projects: string[]
}

/** A mistake of the person who called: one sentence for the terminal, no stack trace. */
export class UsageError extends Error {
  override name = 'UsageError'
}

export const USAGE = `npm start | npm run demo | npm run dev   [-- options]

  --lan             reachable from other devices in this network
  --host HOST       the address to listen on (or HOST, default 127.0.0.1)
  --port PORT       the port to listen on (or PORT, default 3000; 0: a free one)
  --project PATH    a directory to serve; repeatable (or PROJECTS, default: where you called npm)
`

export const DEFAULT_HOST = '127.0.0.1'
export const DEFAULT_PORT = 3000
const EVERY_ADDRESS = '0.0.0.0'
const LOOPBACK = /^(127\..*|::1|localhost)$/
const LARGEST_PORT = 65_535

/** Flags win over the environment. Throws a UsageError. */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options | 'help' {
  const { values, positionals } = parse(args)
  if (values.help === true) return 'help'
  const mode = MODES.find((name) => name === (positionals[0] ?? 'start'))
  if (mode === undefined || positionals.length > 1)
    throw new UsageError(`Unknown: ${positionals.join(' ')}\n\n${USAGE}`)
  const lan = values.lan === true
  const host = values.host ?? (env.HOST || DEFAULT_HOST)
  return {
    mode,
    // `--lan` is said by hand, so it wins over a loopback address from a file; the server does the same.
    host: lan && LOOPBACK.test(host) ? EVERY_ADDRESS : host,
    port: readPort(values.port ?? (env.PORT || String(DEFAULT_PORT))),
    lan,
    projects: values.project ?? [],
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        lan: { type: 'boolean' },
        host: { type: 'string' },
        port: { type: 'string' },
        project: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, { cause: error })
  }
}

function readPort(text: string): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(port <= LARGEST_PORT)) throw new UsageError(`PORT must be a number from 0 to ${LARGEST_PORT}, not "${text}".`)
  return port
}
