import { Transform, type TransformCallback } from 'node:stream'

/** A line longer than this is not read into memory; what a coding agent prints in earnest is far below it. */
export const MAX_LINE_BYTES = 64 * 1024 * 1024
/** As much of a malformed line as is kept. */
const KEPT_BYTES = 2 * 1024
const NEWLINE = 0x0a

/** A line that is not of the protocol: how long it was, and how it began. */
export type MalformedLine = { bytes: number; start: string }

/**
 * Stands between a coding agent's stdout and its SDK, which drops what it can't parse without a word. Lines that are a
 * message pass unchanged; blank ones vanish; all others are reported. Bytes are put together before they are decoded, so
 * a character that is cut by a chunk's end stays whole.
 */
export function lineFilter(
  isMessage: (value: object) => boolean,
  onMalformed: (line: MalformedLine) => void,
  maxLineBytes = MAX_LINE_BYTES,
): Transform {
  let parts: Buffer[] = []
  let held = 0
  /** Bytes of the present line, also those that were too many to hold. */
  let bytes = 0

  function take(part: Buffer): void {
    bytes += part.length
    if (bytes <= maxLineBytes) {
      parts.push(part)
      held += part.length
    } else if (held > KEPT_BYTES) {
      parts = [Buffer.concat(parts).subarray(0, KEPT_BYTES)]
      held = KEPT_BYTES
    }
  }

  function endLine(stream: Transform): void {
    const line = Buffer.concat(parts)
    if (bytes > maxLineBytes) onMalformed({ bytes, start: startOf(line) })
    else if (holds(line, isMessage)) stream.push(Buffer.concat([line, Buffer.from('\n')]))
    else if (line.toString().trim() !== '') onMalformed({ bytes, start: startOf(line) })
    parts = []
    held = 0
    bytes = 0
  }

  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      let from = 0
      for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
        take(chunk.subarray(from, end))
        endLine(this)
        from = end + 1
      }
      if (from < chunk.length) take(chunk.subarray(from))
      done()
    },
    flush(done: TransformCallback) {
      // A last line without its end was cut off with the process.
      if (bytes > 0) endLine(this)
      done()
    },
  })
}

function holds(line: Buffer, isMessage: (value: object) => boolean): boolean {
  try {
    const value: unknown = JSON.parse(line.toString())
    return typeof value === 'object' && value !== null && isMessage(value)
  } catch {
    return false // what is not JSON is what this filter looks for
  }
}

function startOf(line: Buffer): string {
  return line.subarray(0, KEPT_BYTES).toString()
}
