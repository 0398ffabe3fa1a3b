import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { FarhandError, MAX_PREVIEW_BYTES, type AgentParams, type AgentResult } from '@farhand/shared'
import { resolveInProject } from './projectPath.ts'

/**
 * The beginning of a text file of the project.
 * @throws FarhandError `NOT_FOUND`, `BAD_REQUEST` where it is no file or no text
 */
export async function readProjectFile(
  root: string,
  { path, maxBytes = MAX_PREVIEW_BYTES }: AgentParams<'files.read'>,
): Promise<AgentResult<'files.read'>> {
  const real = await resolveInProject(root, path)
  // Without waiting: a pipe with nobody at its other end would hold us for ever.
  const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch(unreadable)
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw new FarhandError('BAD_REQUEST', 'That is not a file.')
    const buffer = Buffer.alloc(Math.min(maxBytes, stats.size))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    const text = decode(buffer.subarray(0, bytesRead))
    return { path, text, bytes: stats.size, truncated: stats.size > bytesRead }
  } finally {
    await file.close()
  }
}

function unreadable(cause: unknown): never {
  throw new FarhandError('BAD_REQUEST', 'That file cannot be read.', { cause })
}

/** A character that is cut by the limit is left out. */
function decode(bytes: Uint8Array): string {
  if (bytes.includes(0)) throw new FarhandError('BAD_REQUEST', NO_TEXT)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
  } catch (cause) {
    throw new FarhandError('BAD_REQUEST', NO_TEXT, { cause })
  }
}

const NO_TEXT = 'That file is not text.'
