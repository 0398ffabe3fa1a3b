import { ERROR_CODES, isErrorCode, type SessionSummary } from '@farhand/shared'

export type Tone = 'need' | 'run' | 'fail' | 'done' | 'idle'

/** The dot and the reason of a session in a list; the first that fits, by how much it matters to a person. */
export function sessionState(session: SessionSummary): { tone: Tone; reason: string } {
  if (session.attention > 0) return { tone: 'need', reason: 'Waiting for you' }
  if (session.running > 0) return { tone: 'run', reason: 'Running' }
  if (session.lastStatus === 'error' && session.lastCode === 'CANCELLED') return { tone: 'idle', reason: 'Stopped' }
  if (session.lastStatus === 'error') return { tone: 'fail', reason: `Failed: ${failure(session.lastCode)}` }
  if (session.lastStatus === 'complete' && session.head > session.readUpTo) return { tone: 'done', reason: 'Finished' }
  return { tone: 'idle', reason: 'Idle' }
}

export function sessionTitle(session: { title?: string | undefined } | undefined): string {
  return session?.title?.trim() || 'New session'
}

function failure(code: string | undefined): string {
  return isErrorCode(code) ? ERROR_CODES[code].meaning.replace(/\.$/, '') : 'unknown reason'
}
