/** A process did not answer in time. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError'
}

/**
 * What a coding agent answers to a question of ours. A process that hangs never does, and its SDK waits for ever.
 * @throws SilenceError after `ms`
 */
export async function answered<T>(answer: Promise<T>, ms: number): Promise<T> {
  const { promise: silence, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new SilenceError(`No answer came for ${ms} ms`)), ms)
  try {
    return await Promise.race([answer, silence])
  } finally {
    clearTimeout(timer)
  }
}
