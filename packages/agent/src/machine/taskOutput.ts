import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { FarhandError, MAX_TASK_OUTPUT_BYTES, type AgentResult } from '@farhand/shared'

/**
 * The end of what a command in the background has written so far.
 * @param path the file that Claude Code has named for it; `undefined`: none, or its process is gone
 * @throws FarhandError `NOT_FOUND`
 */
export async function readTaskOutput(path: string | undefined): Promise<AgentResult<'tasks.output'>> {
  if (path === undefined) throw noOutput()
  // A link, a pipe or a device in its place is nothing that Claude Code has made.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW
  const file = await open(path, flags).catch((cause: unknown) => {
    throw noOutput(cause)
  })
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw noOutput()
    const buffer = Buffer.alloc(Math.min(MAX_TASK_OUTPUT_BYTES, stats.size))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, stats.size - buffer.length)
    const text = buffer.toString('utf8', beginOf(buffer), bytesRead)
    return { text, bytes: stats.size, truncated: stats.size > buffer.length }
  } finally {
    await file.close()
  }
}

function noOutput(cause?: unknown): FarhandError {
  return new FarhandError('NOT_FOUND', 'Claude Code keeps no output of that work (any more).', { cause })
}

/** A character that the limit has cut in two is left out. */
function beginOf(bytes: Uint8Array): number {
  const begin = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80)
  return begin === -1 ? 0 : begin
}
