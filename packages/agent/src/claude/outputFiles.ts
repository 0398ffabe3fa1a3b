import { basename, dirname } from 'node:path'
import { z } from 'zod'

const resultSchema = z.looseObject({ backgroundTaskId: z.string().min(1) })
const ANNOUNCED = /Output is being written to: (.+?\.output)(?:\.\s|$)/

/**
 * Where Claude Code says that a command in the background writes to, by the id of its task. `undefined`: it says nothing of
 * that, or another place than its own for the outputs of this conversation. Pure.
 */
export function announcedOutput(
  { output, structured }: { output: string; structured: unknown },
  claudeSessionId: string | undefined,
): { taskId: string; path: string } | undefined {
  const taskId = resultSchema.safeParse(structured).data?.backgroundTaskId
  const path = ANNOUNCED.exec(output)?.[1]
  if (taskId === undefined || path === undefined || claudeSessionId === undefined) return undefined
  const tasks = dirname(path)
  const isOurs =
    basename(path) === `${taskId}.output` &&
    basename(tasks) === 'tasks' &&
    basename(dirname(tasks)) === claudeSessionId &&
    !path.split(/[/\\]/).includes('..')
  return isOurs ? { taskId, path } : undefined
}
