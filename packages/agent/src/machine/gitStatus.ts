import type { ChangedFile, GitStatus } from '@farhand/shared'
import type { Git } from './git.ts'

const MAX_CHANGED_FILES = 1_000
const MAX_BYTES = 4 * 1024 * 1024

/** The branch, how far it is from its upstream, and what has changed below the directory. */
export async function readGitStatus(root: string, git: Git, signal: AbortSignal): Promise<GitStatus> {
  const prefix = await git(['rev-parse', '--show-prefix'], { cwd: root, signal })
  if (prefix.exitCode !== 0) return { repository: false }
  const args = ['status', '--porcelain=v2', '--branch', '-z', '--untracked-files=all', '--', '.']
  const told = await git(args, { cwd: root, signal, maxBytes: MAX_BYTES })
  const status = parseGitStatus(told.stdout, prefix.stdout.trimEnd())
  return told.truncated ? { ...status, truncated: true } : status
}

type Repository = Extract<GitStatus, { repository: true }>

/**
 * `git status --porcelain=v2 --branch -z`: header lines with `#`, one record per file, and after a rename its old path.
 *
 * @param prefix where the directory lies in the repository, with a `/` at its end; paths are told from the repository's root
 */
export function parseGitStatus(source: string, prefix: string): Repository {
  const status: Repository = { repository: true, ahead: 0, behind: 0, files: [], truncated: false }
  // What ends without its NUL was cut off.
  const records = source.slice(0, source.lastIndexOf('\0') + 1).split('\0')
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index] ?? ''
    if (record.startsWith('# ')) readHeader(status, record.slice(2))
    const file = readFile(record)
    if (file === undefined) continue
    const from = record.startsWith('2 ') ? records[(index += 1)] : undefined
    const inside = {
      ...file,
      path: below(file.path, prefix),
      ...(from === undefined ? {} : { from: below(from, prefix) }),
    }
    if (status.files.length < MAX_CHANGED_FILES) status.files.push(inside)
    else status.truncated = true
  }
  return status
}

function readHeader(status: Repository, header: string): void {
  const [name, ...rest] = header.split(' ')
  const value = rest.join(' ')
  switch (name) {
    case 'branch.oid':
      if (value !== '(initial)') status.commit = value
      break
    case 'branch.head':
      if (value !== '(detached)') status.branch = value
      break
    case 'branch.upstream':
      status.upstream = value
      break
    case 'branch.ab': {
      const [, ahead = '0', behind = '0'] = /^\+(\d+) -(\d+)$/.exec(value) ?? []
      status.ahead = Number(ahead)
      status.behind = Number(behind)
      break
    }
    default:
    // A header of a newer git.
  }
}

/** How many fields stand before the path, by the record's type. */
const FIELDS: Record<string, number> = { '1': 8, '2': 9, u: 10 }

function readFile(record: string): ChangedFile | undefined {
  const type = record[0] ?? ''
  if (type === '?') return { path: record.slice(2), state: 'untracked', staged: false, unstaged: true }
  const fields = FIELDS[type]
  if (fields === undefined || record[1] !== ' ') return undefined
  const parts = record.split(' ')
  const path = parts.slice(fields).join(' ')
  const [index = '.', tree = '.'] = parts[1] ?? ''
  if (type === 'u') return { path, state: 'conflicted', staged: false, unstaged: true }
  return { path, state: stateOf(index === '.' ? tree : index), staged: index !== '.', unstaged: tree !== '.' }
}

function stateOf(letter: string): ChangedFile['state'] {
  switch (letter) {
    case 'A':
      return 'added'
    case 'D':
      return 'deleted'
    case 'R':
      return 'renamed'
    case 'C':
      return 'copied'
    case 'T':
      return 'type_changed'
    default:
      return 'modified'
  }
}

/** A file that came from elsewhere in the repository keeps its whole path. */
function below(path: string, prefix: string): string {
  return path.startsWith(prefix) ? path.slice(prefix.length) : path
}
