import { z } from 'zod'

/** What answers on a machine, and whether it can. */

/** What Claude Code says that this agent was not tried with: messages, and fields that are gone. */
export const claudeDriftSchema = z.object({
  /** The version that it was tried with. */
  recorded: z.string().max(100),
  unknown: z.array(z.string().max(200)).max(100),
  gone: z.array(z.string().max(300)).max(100),
})
export type ClaudeDrift = z.infer<typeof claudeDriftSchema>

/** What answers where it is not Claude Code: an agent that speaks the Agent Client Protocol, under its own name. */
export const answeredBySchema = z.looseObject({
  name: z.string().max(100),
  version: z.string().max(100).optional(),
})
export type AnsweredBy = z.infer<typeof answeredBySchema>

export const claudeStatusSchema = z.looseObject({
  /** Left out: Claude Code. Otherwise all that is said here is about this one. */
  answeredBy: answeredBySchema.optional(),
  version: z.string().max(100).optional(),
  loggedIn: z.boolean().optional(),
  /** Why Claude Code can't run, when it can't: a code of the closed list and a sentence. */
  problem: z.object({ code: z.string().max(64), message: z.string().max(1000) }).optional(),
  drift: claudeDriftSchema.optional(),
})
export type ClaudeStatus = z.infer<typeof claudeStatusSchema>
