import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { FarhandError } from '@farhand/shared'
import { z } from 'zod'

/**
 * Conversations as Claude Code keeps them on this machine, read by the official SDK. In a thread of its own: they are long,
 * reading one would hold up everything else, and the SDK finds them by the environment of whoever reads.
 */
export type Transcripts = {
  /** Held in `root` or below, newest first. */
  list(root: string, page: { limit: number; offset: number }, signal?: AbortSignal): Promise<TranscriptList>
  /** `undefined` where no such conversation was held in this very directory. */
  read(id: string, directory: string, bounds: HistoryBounds, signal?: AbortSignal): Promise<Transcript | undefined>
  /** Removes Claude Code's own record. @returns whether there was one, of this directory or one below */
  remove(id: string, root: string): Promise<boolean>
}

/** `before`: only what was said before this prompt. The newest is kept where there is more than fits. */
export type HistoryBounds = { messages: number; bytes: number; before?: string }

const summarySchema = z.object({
  id: z.string(),
  directory: z.string(),
  title: z.string(),
  firstPrompt: z.string().optional(),
  messages: z.int().optional(),
  branch: z.string().optional(),
  createdAt: z.number().optional(),
  changedAt: z.number(),
})
export type TranscriptSummary = z.infer<typeof summarySchema>

const listSchema = z.object({ sessions: z.array(summarySchema), truncated: z.boolean() })
export type TranscriptList = z.infer<typeof listSchema>

/** A message as it was said, with what its record adds: Claude Code's own id, the time, a tool's own result. */
const messageSchema = z.looseObject({
  type: z.string(),
  uuid: z.string(),
  at: z.number().optional(),
  parent_tool_use_id: z.string().nullish(),
  message: z.unknown(),
  tool_use_result: z.unknown().optional(),
})
export type TranscriptMessage = z.infer<typeof messageSchema>

const transcriptSchema = z.object({
  title: z.string(),
  /** How many there are, of which `messages` are the newest. */
  total: z.int(),
  messages: z.array(messageSchema),
  /** What the conversation has cost, as far as its record says. */
  costUsd: z.number().optional(),
  /** With `before`: the last that is kept; missing where that prompt was the first, or is not there. */
  lastUuid: z.string().optional(),
  /** With `before`: whether that prompt is there. */
  found: z.boolean(),
})
export type Transcript = z.infer<typeof transcriptSchema>

export type TranscriptQuestion =
  | { type: 'list'; root: string; limit: number; offset: number }
  | { type: 'read'; id: string; directory: string; bounds: HistoryBounds }
  | { type: 'remove'; id: string; root: string }

const ANSWER_MS = 20_000
/** A record that does not fit is not worth the machine's memory. */
const MAX_HEAP_MB = 1_024

/** @param env what Claude Code gets to see: it says where the records are */
export function createTranscripts(env: Readonly<Record<string, string>>): Transcripts {
  const configDirectory = env['CLAUDE_CONFIG_DIR'] ?? join(env['HOME'] ?? env['USERPROFILE'] ?? '', '.claude')
  const ask = (question: TranscriptQuestion, signal?: AbortSignal): Promise<unknown> =>
    askWorker(question, { ...env, CLAUDE_CONFIG_DIR: configDirectory }, signal)
  return {
    list: async (root, page, signal) => listSchema.parse(await ask({ type: 'list', root, ...page }, signal)),
    read: async (id, directory, bounds, signal) =>
      transcriptSchema.optional().parse(await ask({ type: 'read', id, directory, bounds }, signal)),
    remove: async (id, root) => z.boolean().parse(await ask({ type: 'remove', id, root })),
  }
}

function askWorker(question: TranscriptQuestion, env: Record<string, string>, signal?: AbortSignal): Promise<unknown> {
  const patience = AbortSignal.any([AbortSignal.timeout(ANSWER_MS), ...(signal === undefined ? [] : [signal])])
  const worker = new Worker(new URL('./transcriptWorker.ts', import.meta.url), {
    workerData: question,
    env,
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  })
  return new Promise<unknown>((resolve, reject) => {
    const fail = (cause: unknown): void =>
      reject(
        new FarhandError('CLAUDE_PROTOCOL', "Claude Code's records of its conversations could not be read.", { cause }),
      )
    patience.addEventListener('abort', () => reject(new FarhandError('TIMEOUT_TOTAL', TOO_LONG)), { once: true })
    worker.once('message', resolve)
    worker.once('error', fail)
    worker.once('exit', fail)
  }).finally(() => void worker.terminate())
}

const TOO_LONG = "Reading Claude Code's records took too long."
