import { z } from 'zod'

/** Somebody who proved who they are: the name that goes into the log, and what the proof hangs on. */
export const identitySchema = z.object({ id: z.string(), name: z.string(), credentialId: z.string() })
export type Identity = z.infer<typeof identitySchema>
