import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { FarhandError } from '@farhand/shared'
import { canRun, onPath } from '../process/program.ts'

/**
 * The Claude Code to run: the one that was named, else the one that the SDK brings, else `claude` on the PATH.
 * @throws FarhandError `CLAUDE_NOT_FOUND`, with what was tried
 */
export function findExecutable(claudePath: string | undefined, path: string): string {
  const candidates =
    claudePath === undefined
      ? [...bundled(), ...onPath('claude', path)]
      : /[/\\]/.test(claudePath)
        ? [claudePath]
        : onPath(claudePath, path)
  const found = candidates.find(canRun)
  if (found !== undefined) return found
  const tried = claudePath ?? 'the bundled one and `claude` on the PATH'
  throw new FarhandError(
    'CLAUDE_NOT_FOUND',
    `Claude Code was not found (tried ${tried}). Install it, or set CLAUDE_PATH.`,
  )
}

/** The optional package for this platform; the musl one comes first where both are installed, as on Alpine. */
function bundled(): string[] {
  const fromSdk = createRequire(createRequire(import.meta.url).resolve('@anthropic-ai/claude-agent-sdk'))
  const { platform, arch } = process
  const program = platform === 'win32' ? 'claude.exe' : 'claude'
  const names = isMusl() ? [`${platform}-${arch}-musl`, `${platform}-${arch}`] : [`${platform}-${arch}`]
  return names.flatMap((name) => {
    try {
      return [join(dirname(fromSdk.resolve(`@anthropic-ai/claude-agent-sdk-${name}/package.json`)), program)]
    } catch {
      return [] // an optional package: it is missing where the platform has none, or where npm left it out
    }
  })
}

function isMusl(): boolean {
  if (process.platform !== 'linux') return false
  const report: unknown = process.report.getReport()
  const header = typeof report === 'object' && report !== null && 'header' in report ? report.header : undefined
  return typeof header === 'object' && header !== null && !('glibcVersionRuntime' in header)
}
