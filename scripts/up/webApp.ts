import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'

const SOURCES = [
  'packages/web/src',
  'packages/web/public',
  'packages/web/index.html',
  'packages/web/vite.config.ts',
  'packages/web/package.json',
  'packages/shared/src',
  'package-lock.json',
]
const BUILT = 'packages/web/dist/index.html'

/** Is the built web app missing, or older than what it is made of? */
export async function isWebAppStale(root: string): Promise<boolean> {
  const built = await modifiedAt(join(root, BUILT))
  if (built === undefined) return true
  const sources = await Promise.all(SOURCES.map((source) => newest(join(root, source))))
  return Math.max(...sources) > built
}

/** Rejects when the build fails; what the builder says about it goes to the terminal. */
export async function buildWebApp(root: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  await execa(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: join(root, 'packages/web'),
    env,
    extendEnv: false,
    stdio: ['ignore', 'inherit', 'inherit'],
    cancelSignal: signal,
  })
}

/** Directories count as well: their time changes when a file in them is removed. */
async function newest(path: string): Promise<number> {
  const own = (await modifiedAt(path)) ?? 0
  const children = await readdir(path, { withFileTypes: true }).catch(() => []) // not a directory
  const times = children.map((child) => newest(join(path, child.name)))
  return Math.max(own, ...(await Promise.all(times)))
}

async function modifiedAt(path: string): Promise<number | undefined> {
  const stats = await stat(path).catch(() => undefined) // missing is an answer here
  return stats?.mtimeMs
}
