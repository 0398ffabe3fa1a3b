import { readdir, readFile } from 'node:fs/promises'

/** In the environment of everything that one start has started, down to the commands that Claude Code runs. */
export const MARKER = 'FARHAND_UP'

/**
 * Ends by force whoever is still there with this marker: what an agent leaves behind that was itself ended by force.
 * Only Linux shows the environment of processes; elsewhere the next agent finds them.
 */
export async function sweep(marker: string): Promise<void> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await findMarked(marker)
    if (found.length === 0) return
    found.forEach(end)
  }
}

/** One may start another between being found and being ended. */
const MAX_ROUNDS = 10

async function findMarked(marker: string): Promise<number[]> {
  const entries = await readdir('/proc').catch(() => []) // not Linux
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number)
  const marked = await Promise.all(pids.map(async (pid) => (await environment(pid)).includes(`${MARKER}=${marker}`)))
  return pids.filter((pid, index) => marked[index] === true && pid !== process.pid)
}

async function environment(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '') // gone meanwhile, or another user's
  return text.split('\0')
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended meanwhile.
  }
}
