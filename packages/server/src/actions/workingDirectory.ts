import { posix, win32 } from 'node:path'

/**
 * Whether a requested directory is the project's root or inside it, by its text alone and by the rules of the machine
 * where the project is. Links can only be seen there, so the agent looks again.
 */
export function isInsideProject(root: string, requested: string): boolean {
  const path = isWindowsPath(root) ? win32 : posix
  const relative = path.relative(root, path.resolve(root, requested))
  return relative === '' || (!path.isAbsolute(relative) && relative.split(path.sep)[0] !== '..')
}

function isWindowsPath(root: string): boolean {
  return /^[A-Za-z]:[\\/]/.test(root) || root.startsWith('\\\\')
}
