import { z } from 'zod'

/** What an agent of the bench says when it is told to; it travels as the text of a command. */
export const workSchema = z.object({
  chunkBytes: z.int().positive(),
  chunksPerSecond: z.number().positive(),
  chunks: z.int().nonnegative(),
  /** So that many sessions do not all speak in the same millisecond. */
  startAfterMs: z.number().nonnegative(),
})
export type Work = z.infer<typeof workSchema>

/** Timers are not finer; above this rate several chunks fall due together. */
const FINEST_MS = 4
/** A pipe from a program that says more than is taken holds about so much; the program waits meanwhile. */
const PIPE_BYTES = 256 * 1024

/** Says each chunk when it falls due; what fell due while the process was busy is said as a pipe would give it. */
export function perform(work: Work, say: () => void): Promise<void> {
  const { chunkBytes, chunksPerSecond, chunks, startAfterMs } = work
  const atOnce = Math.max(1, Math.floor(PIPE_BYTES / chunkBytes))
  const periodMs = 1000 / chunksPerSecond
  return new Promise((done) => {
    let said = 0
    setTimeout(() => {
      const start = performance.now()
      const timer = setInterval(
        () => {
          const due = Math.min(chunks, said + atOnce, Math.floor((performance.now() - start) / periodMs))
          for (; said < due; said += 1) say()
          if (said < chunks) return
          clearInterval(timer)
          done()
        },
        Math.max(FINEST_MS, periodMs / 2),
      )
    }, startAfterMs)
  })
}

/** The same work for each of `sessions`, evenly shifted against each other. */
export function shifted(work: Omit<Work, 'startAfterMs'>, session: number, sessions: number): Work {
  return { ...work, startAfterMs: (session / sessions) * (1000 / work.chunksPerSecond) }
}
