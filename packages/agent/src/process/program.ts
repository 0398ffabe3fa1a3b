import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The file that a command names: a path as it is, a name as the shell would find it. */
export function findProgram(name: string, path: string): string | undefined {
  return (/[/\\]/.test(name) ? [name] : onPath(name, path)).find(canRun)
}

/** How to start it: a script needs the node that runs the agent. */
export function invocation(executable: string, args: readonly string[]): [string, string[]] {
  return IS_SCRIPT.test(executable) ? [process.execPath, [executable, ...args]] : [executable, [...args]]
}

const IS_SCRIPT = /\.[cm]?[jt]s$/

export function onPath(name: string, path: string): string[] {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : ['']
  return path
    .split(delimiter)
    .filter((directory) => directory !== '')
    .flatMap((directory) => endings.map((ending) => join(directory, name + ending)))
}

export function canRun(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false
  if (IS_SCRIPT.test(path)) return true
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false // not ours to run; the caller says what was tried
  }
}
