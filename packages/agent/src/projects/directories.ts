import { realpathSync, statSync } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { FarhandError } from '@farhand/shared'

/**
 * Where a command runs: the project's root, or the directory inside it that was asked for.
 *
 * @param root the real path of a registered project
 * @param requested relative to the root, or absolute and inside it
 * @returns a real path, free of links
 * @throws FarhandError `BAD_REQUEST` (NUL), `CWD_FORBIDDEN` (outside, also by links), `CWD_MISSING`
 */
export function resolveWorkingDirectory(root: string, requested: string | undefined): string {
  if (requested?.includes('\0') === true) {
    throw new FarhandError('BAD_REQUEST', 'The working directory must not contain NUL.')
  }
  const wanted = requested === undefined ? root : resolve(root, requested)
  // What is outside is refused before the file system is asked, so that nobody learns what exists there.
  if (!isInside(root, wanted)) throw new FarhandError('CWD_FORBIDDEN')
  const real = realDirectory(wanted)
  if (!isInside(realDirectory(root), real)) throw new FarhandError('CWD_FORBIDDEN')
  return real
}

/** The root itself counts as inside; `/code/shop2` is not inside `/code/shop`, and `..name` is an ordinary name. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function realDirectory(path: string): string {
  let real: string
  try {
    real = realpathSync.native(path)
  } catch (cause) {
    throw new FarhandError('CWD_MISSING', undefined, { cause })
  }
  if (statSync(real, { throwIfNoEntry: false })?.isDirectory() !== true) throw new FarhandError('CWD_MISSING')
  return real
}
