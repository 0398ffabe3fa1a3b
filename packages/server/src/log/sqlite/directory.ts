import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

const PRIVATE_DIRECTORY = 0o700

/**
 * Makes a directory that nobody else may read, with what is missing above it.
 * Step by step, because Node's own recursive way never returns where a file system takes no directories, as in /proc.
 * @throws the system's error
 */
export function makePrivateDirectory(path: string): void {
  if (existsSync(path)) return
  const parent = dirname(path)
  if (parent !== path) makePrivateDirectory(parent)
  mkdirSync(path, { mode: PRIVATE_DIRECTORY })
}
