import { z } from 'zod'
import { idSchema } from './basics.ts'

/** What goes with a command. */

export const PERMISSION_MODES = ['default', 'acceptEdits', 'plan', 'dontAsk', 'auto', 'bypassPermissions'] as const
export const permissionModeSchema = z.enum(PERMISSION_MODES)
export type PermissionMode = z.infer<typeof permissionModeSchema>

export const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const
export const effortSchema = z.enum(EFFORTS)

/** Model names reach Claude Code as data, but a name that looks like a flag is refused at the door. */
const modelSchema = z.string().regex(/^[A-Za-z0-9][\w.:/@[\]-]{0,99}$/)

export const MAX_ATTACHMENTS = 20

export const claudeCodeOptionsSchema = z.object({
  model: modelSchema.optional(),
  permissionMode: permissionModeSchema.optional(),
  effort: effortSchema.optional(),
  maxTurns: z.int().positive().max(1000).optional(),
  maxBudgetUsd: z.number().positive().max(10_000).optional(),
  appendSystemPrompt: z.string().max(20_000).optional(),
  /** A Claude Code session to import; its id is a UUID. */
  resume: idSchema.optional(),
  /** With `resume`: only what was said before this prompt of it. */
  resumeBefore: idSchema.optional(),
  fork: z.boolean().optional(),
  /** With the first command of a session: it works in a git worktree of its own. */
  worktree: z.boolean().optional(),
  /** Files that were uploaded before, by the ids that the relay gave them. */
  attachments: z.array(idSchema).max(MAX_ATTACHMENTS).optional(),
})
export type ClaudeCodeOptions = z.infer<typeof claudeCodeOptionsSchema>
