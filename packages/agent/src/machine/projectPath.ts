import { realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import { FarhandError } from '@farhand/shared'
import { isInside } from '../projects/directories.ts'

/**
 * The real place of something in a project. What is outside, also by links, answers exactly as what is missing, and so
 * does git's own directory, which may hold credentials.
 *
 * @param root the real path of a registered project
 * @throws FarhandError `NOT_FOUND`
 */
export async function resolveInProject(root: string, path: string): Promise<string> {
  const wanted = namedInProject(root, path)
  let real: string
  try {
    real = await realpath(wanted)
  } catch (cause) {
    throw new FarhandError('NOT_FOUND', NO_FILE, { cause })
  }
  return namedInProject(root, real)
}

/** By its name alone: for what may not be there (any more). @throws FarhandError `NOT_FOUND` */
export function namedInProject(root: string, path: string): string {
  const wanted = resolve(root, path)
  if (path.includes('\0') || !isInside(root, wanted)) throw new FarhandError('NOT_FOUND', NO_FILE)
  const parts = wanted.slice(root.length).toLowerCase().split(sep)
  if (parts.includes('.git')) throw new FarhandError('NOT_FOUND', NO_FILE)
  return wanted
}

const NO_FILE = 'There is no such file in the project.'
