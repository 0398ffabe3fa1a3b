import { z } from 'zod'
import { idSchema, timeSchema } from './messages.ts'

/** A rule that takes less than this is a slip of the hand. */
export const MIN_RETENTION_BYTES = 1024 * 1024
const MAX_RETENTION_DAYS = 36_500
/** So many sessions of a plan are named; the sums are of all. */
export const MAX_PLANNED_SESSIONS = 1_000

/** What of a project may be deleted by itself. Without a field nothing is, so `{}` keeps everything. */
export const retentionRuleSchema = z.strictObject({
  /** Sessions in which nothing happened for so long. */
  maxAgeDays: z.int().min(1).max(MAX_RETENTION_DAYS).optional(),
  /** The oldest sessions, until what is left of the project's log is not larger. */
  maxBytes: z.int().min(MIN_RETENTION_BYTES).optional(),
})
export type RetentionRule = z.infer<typeof retentionRuleSchema>

/** A project, or all those that have no rule of their own. */
export const retentionScopeSchema = z.union([z.literal('default'), idSchema])
export type RetentionScope = z.infer<typeof retentionScopeSchema>

const countSchema = z.int().nonnegative()
const sumsSchema = z.object({ sessions: countSchema, entries: countSchema, bytes: countSchema })

/** Sessions that a rule deletes, in the order in which they go. */
export const retentionPlanSchema = sumsSchema.extend({
  /** When something happened last in any of them. */
  oldest: timeSchema.optional(),
  newest: timeSchema.optional(),
  first: z.array(
    z.object({
      sessionId: idSchema,
      projectId: idSchema,
      title: z.string().optional(),
      updatedAt: timeSchema,
      entries: countSchema,
      bytes: countSchema,
      why: z.enum(['age', 'size']),
    }),
  ),
})
export type RetentionPlan = z.infer<typeof retentionPlanSchema>

/** What was deleted in one round. */
export const retentionRecordSchema = sumsSchema.extend({
  at: timeSchema,
  projectId: idSchema,
  rule: retentionRuleSchema,
  oldest: timeSchema,
  newest: timeSchema,
})
export type RetentionRecord = z.infer<typeof retentionRecordSchema>

/** What `GET /api/retention/:scope` answers, and what a rule that is not set yet would do. */
export const retentionStateSchema = z.object({
  /** The scope's own; null where it has none. */
  rule: retentionRuleSchema.nullable(),
  /** That of all projects without one. */
  default: retentionRuleSchema.nullable(),
  set: z.object({ at: timeSchema, by: z.string() }).optional(),
  /** Nothing is deleted until somebody confirms the rule: the clock leapt, or the log was put back. */
  stopped: z.enum(['clock', 'log']).optional(),
  holds: sumsSchema,
  now: retentionPlanSchema,
  /** Within the next seven days, or when the project has grown by a tenth of its limit. */
  next: retentionPlanSchema,
  /** Names what `now` says, for whoever agrees to it. */
  digest: z.string(),
  records: z.array(retentionRecordSchema),
})
export type RetentionState = z.infer<typeof retentionStateSchema>

/** The body of `PUT /api/retention/:scope`: a rule, null for none of its own, and the plan that was looked at. */
export const setRetentionSchema = z.object({ rule: retentionRuleSchema.nullable(), digest: z.string().max(64) })
export const previewRetentionSchema = setRetentionSchema.pick({ rule: true })
