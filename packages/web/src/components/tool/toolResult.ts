import type { ToolItem } from '@farhand/shared'
import { z } from 'zod'

/** What tools answer beside their text. Each is Claude Code's own shape, read loosely: what is missing is left out. */

const json = z.looseObject
const line = z.string().optional()

const bashSchema = json({
  stdout: z.string(),
  stderr: line,
  isImage: z.boolean().optional(),
  noOutputExpected: z.boolean().optional(),
  timedOutAfterMs: z.number().optional(),
  returnCodeInterpretation: line,
  backgroundTaskId: line,
  dangerouslyDisableSandbox: z.boolean().optional(),
  persistedOutputSize: z.number().optional(),
  gitOperation: json({
    commit: json({ sha: z.string(), branch: line }).optional(),
    push: json({ branch: z.string() }).optional(),
    pr: json({ number: z.number(), url: line }).optional(),
  }).optional(),
})

const readSchema = z.discriminatedUnion('type', [
  json({
    type: z.literal('text'),
    file: json({
      content: z.string(),
      startLine: z.number(),
      totalLines: z.number().optional(),
      numLines: z.number().optional(),
      truncatedByTokenCap: z.boolean().optional(),
    }),
  }),
  json({
    type: z.literal('image'),
    file: json({ base64: z.string(), type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp']) }),
  }),
  json({ type: z.literal('parts'), firstPage: z.number().optional(), file: json({ count: z.number() }) }),
])

const grepSchema = json({
  mode: z.enum(['content', 'files_with_matches', 'count']).optional(),
  numFiles: z.number(),
  numMatches: z.number().optional(),
  filenames: z.array(z.string()),
  content: line,
})

const globSchema = json({ numFiles: z.number(), filenames: z.array(z.string()), truncated: z.boolean() })

const fetchSchema = json({ bytes: z.number(), code: z.number(), result: z.string(), durationMs: z.number() })

const hitSchema = json({ title: z.string(), url: z.string(), snippet: line })
const webSearchSchema = json({
  results: z.array(z.union([z.string(), json({ content: z.array(hitSchema) })])),
})
export type WebHit = z.infer<typeof hitSchema>

const editSchema = json({
  type: z.enum(['create', 'update']).optional(),
  userModified: z.boolean().optional(),
  replaceAll: z.boolean().optional(),
  staged: z.boolean().optional(),
})

const notebookSchema = json({ new_source: z.string(), old_source: line, language: line, error: line })

const agentSchema = json({
  status: z.string(),
  totalToolUseCount: z.number().optional(),
  totalDurationMs: z.number().optional(),
  totalTokens: z.number().optional(),
  toolStats: json({
    readCount: z.number(),
    searchCount: z.number(),
    editFileCount: z.number(),
    linesAdded: z.number(),
    linesRemoved: z.number(),
  }).optional(),
})

export const bashResult = reader(bashSchema)
export const readResult = reader(readSchema)
export const grepResult = reader(grepSchema)
export const globResult = reader(globSchema)
export const fetchResult = reader(fetchSchema)
export const webSearchResult = reader(webSearchSchema)
export const editResult = reader(editSchema)
export const notebookResult = reader(notebookSchema)
export const agentResult = reader(agentSchema)

/** Undefined: there is no result yet, or it has another shape. */
function reader<T>(schema: z.ZodType<T>): (item: ToolItem) => T | undefined {
  return ({ result }) => (result?.structured === undefined ? undefined : schema.safeParse(result.structured).data)
}
