import { FarhandError } from '@farhand/shared'
import type { z } from 'zod'

const MAX_EXPLANATION_CHARS = 300

/**
 * What came in, in the shape that it must have.
 * @param whole what to call the value itself, where all of it is wrong
 * @throws FarhandError `BAD_REQUEST`, which says where it is wrong and what is expected there, without the value
 */
export function parse<S extends z.ZodType>(schema: S, value: unknown, whole: string): z.infer<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map((issue) => `${issue.path.map(String).join('.') || whole}: ${issue.message}`)
  throw new FarhandError('BAD_REQUEST', issues.join('; ').slice(0, MAX_EXPLANATION_CHARS))
}
