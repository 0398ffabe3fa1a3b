import type { SessionSummary, Timeline } from '@farhand/shared'
import { isInside } from '../../composables/beginning.ts'

type Asked = { sessionId: string; projectId: string | undefined; root: string | undefined }

/**
 * Sessions that work in the same folder just now, newest first. One that waits for a person, or is known to work in a worktree
 * of its own, is none; what is not known counts as the same folder. Pure.
 */
export function besides(
  sessions: Iterable<SessionSummary>,
  timelineOf: (sessionId: string) => Timeline | undefined,
  { sessionId, projectId, root }: Asked,
): SessionSummary[] {
  const isElsewhere = (id: string): boolean => {
    const cwd = timelineOf(id)?.effective.cwd
    return root !== undefined && cwd !== undefined && !isInside(root, cwd)
  }
  return [...sessions]
    .filter((other) => other.projectId === projectId && other.sessionId !== sessionId)
    .filter((other) => other.running > 0 && other.attention === 0)
    .filter((other) => !isElsewhere(other.sessionId))
    .toSorted((a, b) => b.updatedAt - a.updatedAt)
}
