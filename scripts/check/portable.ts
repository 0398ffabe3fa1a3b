import { homedir } from 'node:os'
import { readFiles, repositoryFiles, ROOT, type TextFile } from './files.ts'
import { show, type Report } from './report.ts'

/** Tracked files name no folder of one person's machine and no package registry. `own` are paths of this machine. */
export function checkPortable(files: readonly TextFile[], own: readonly string[]): Report {
  return {
    findings: files.flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) => problemsOf(line, own).map((message) => ({ path, line: index + 1, message }))),
    ),
    notes: [`${files.length} files`],
  }
}

/** Names that examples may use for the owner of a home directory. */
const EXAMPLE_NAMES = ['ada', 'alice', 'anna', 'bob', 'dev', 'example', 'me', 'node', 'user', 'you']
const HOME = /(?<![\w.-])(?:\/home|\/Users|[A-Z]:\\+Users\\*)[/\\]([\w.-]+)/g
const REGISTRY = /(?<![\w.-])(?:registry|npm|packages)\.(?:[a-z0-9-]+\.)+[a-z]{2,}(?![\w-])/gi
const REGISTRY_SETTING = /^\s*(?:@[\w-]+:)?registry\s*=/

function problemsOf(line: string, own: readonly string[]): string[] {
  const homes = [...line.matchAll(HOME)].filter((match) => !EXAMPLE_NAMES.includes((match[1] ?? '').toLowerCase()))
  const registries = [...line.matchAll(REGISTRY)]
  return [
    ...own.filter((path) => mentions(line, path)).map((path) => `names a path of this machine: ${path}`),
    ...homes.map(([path]) => `names somebody's home directory: ${path}`),
    ...registries.map(([host]) => `names a package registry: ${host}`),
    ...(REGISTRY_SETTING.test(line) ? ['sets a package registry'] : []),
  ]
}

/** As a whole path: `/srv/app` is in `cd /srv/app/x`, not in `/srv/apple` or `a/srv/app`. */
function mentions(line: string, path: string): boolean {
  const at = line.indexOf(path)
  return at >= 0 && !/[\w.~-]/.test(line[at - 1] ?? ' ') && !/[\w-]/.test(line[at + path.length] ?? ' ')
}

const TEXT =
  /\.(ts|js|mjs|cjs|vue|css|html|svg|json|jsonc|md|yml|yaml|sh|txt|toml|example)$|(^|\/)[^.]+$|(^|\/)\.[\w-]+$/

if (import.meta.main) {
  const files = readFiles(repositoryFiles().filter((path) => TEXT.test(path)))
  // A checkout right under the top, such as `/app`, is nobody's name, and common in paths of other things.
  const own = [homedir(), ...(ROOT.split(/[/\\]/).length > 2 ? [ROOT] : [])].filter((path) => path !== '/')
  show('portable', checkPortable(files, own))
}
