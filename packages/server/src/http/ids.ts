import { FarhandError, idSchema } from '@farhand/shared'
import type { Request } from 'express'

/** An id in an address. One that is none names nothing. */
export function idOf(request: Request, name: 'projectId' | 'sessionId' | 'attachmentId'): string {
  const parsed = idSchema.safeParse(request.params[name])
  if (!parsed.success) throw new FarhandError('NOT_FOUND')
  return parsed.data
}
