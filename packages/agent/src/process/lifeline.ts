import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { MARKER_VARIABLE } from './sweep.ts'

/**
 * A coding agent dies with ours, at once and without a word. Left to itself Claude Code would see its stdin end, take that
 * for a refusal of what it has just asked, write the refusal down and go on with nobody watching. So the far end of its
 * stdin has a second holder, a guard: when the agent is gone, the line stays open until the guard has ended the whole group.
 * What waited for a person then still stands in Claude Code's own record, and can be taken up again.
 */
export type Lifeline = {
  /** Becomes the stdin of the process; ours no more once it was started. */
  childEnd: Socket
  /** What we write to. Ending it is the end of the process's stdin. */
  ourEnd: Socket
  /** From now on the group of this process ends with the agent. */
  guard(groupId: number, marker: string): Guard
  /** For one that no process was started with. */
  drop(): void
}

export type Guard = { dismiss(): void }

/** Before it ends the group, so that what was just said reaches its own record. */
const GRACE_S = 1
/** The first line comes never; its end comes with the end of the agent. */
const SCRIPT = `read -r _; sleep ${GRACE_S}; kill -s KILL -- -"$1"`

/** The shortest limit of a system that has such sockets is 104 bytes, with its end. */
const MAX_PATH_BYTES = 103

/**
 * `undefined` where the system has no such sockets or signals (Windows), or keeps its temporary files so deep that a socket
 * can't be named there: then the process has an ordinary pipe.
 */
export async function openLifeline(platform: NodeJS.Platform = process.platform): Promise<Lifeline | undefined> {
  if (platform === 'win32') return undefined
  // A private directory: nobody else can be the one that connects.
  const directory = mkdtempSync(join(tmpdir(), 'farhand-'))
  const path = join(directory, 'line')
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    rmSync(directory, { recursive: true, force: true })
    return undefined
  }
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true })
  try {
    server.listen(path)
    await once(server, 'listening')
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
    const ourEnd = connect({ path, allowHalfOpen: true })
    await once(ourEnd, 'connect')
    const childEnd = await accepted
    return {
      childEnd,
      ourEnd,
      guard: (groupId, marker) => guard(ourEnd, groupId, marker),
      drop() {
        childEnd.destroy()
        ourEnd.destroy()
      },
    }
  } finally {
    server.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

function guard(line: Socket, groupId: number, marker: string): Guard {
  const watcher = execa('sh', ['-c', SCRIPT, 'farhand-guard', String(groupId)], {
    env: { PATH: process.env['PATH'] ?? '', [MARKER_VARIABLE]: marker },
    extendEnv: false,
    buffer: false,
    reject: false,
    stdio: ['pipe', 'ignore', 'ignore', line],
  })
  watcher.nodeChildProcess.unref()
  return { dismiss: () => void watcher.kill('SIGKILL') }
}
