import { ERROR_CODES, isErrorCode, type SessionSummary } from '@farhand/shared'
import { sidebarTexts } from '../../texts/shell.ts'
import { isUnread } from '../sidebar/sessionLists.ts'

export type Tone = 'need' | 'run' | 'fail' | 'done' | 'idle'

const { reasons } = sidebarTexts

/**
 * The dot and the reason of a session in a list; the first that fits, by how much it matters to a person. `known`: what
 * this page knows beside its summary; `away`: its machine is not connected, so nobody knows how far it is.
 */
export function sessionState(
  session: SessionSummary,
  known: { asked?: string | undefined; progress?: string | undefined; away?: boolean } = {},
): { tone: Tone; reason: string } {
  if (session.attention > 0) return { tone: 'need', reason: known.asked ?? reasons.waiting }
  if (session.running > 0) {
    const { progress = '', away = false } = known
    if (away) return { tone: 'idle', reason: reasons.away }
    return { tone: 'run', reason: progress === '' ? reasons.running : reasons.runningOf(progress) }
  }
  const isStopped = session.lastStatus === 'error' && session.lastCode === 'CANCELLED'
  if (session.lastStatus === 'error' && !isStopped)
    return { tone: 'fail', reason: reasons.failed(failureOf(session.lastCode)) }
  if (session.markedUnread === true) return { tone: 'done', reason: reasons.marked }
  if (isStopped) return { tone: 'idle', reason: reasons.stopped }
  if (session.lastStatus === 'complete' && isUnread(session)) return { tone: 'done', reason: reasons.finished }
  return { tone: 'idle', reason: reasons.idle }
}

export function sessionTitle(session: { title?: string | undefined } | undefined): string {
  return session?.title?.trim() || sidebarTexts.newSession
}

/** What a code says, as part of a line. */
export function failureOf(code: string | undefined): string {
  return isErrorCode(code) ? ERROR_CODES[code].meaning.replace(/\.$/, '') : reasons.unknown
}
