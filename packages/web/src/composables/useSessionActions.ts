import type { UpdateSession } from '@farhand/shared'
import { asFarhandError } from '../services/api.ts'
import { useNoticeStore } from '../stores/noticeStore.ts'
import { sidebarTexts } from '../texts/shell.ts'
import { useWebSocket } from './useWebSocket.ts'

/** What a person does to a session as a whole. The change shows when the relay tells it to everybody. */
export function useSessionActions() {
  const relay = useWebSocket()
  const notices = useNoticeStore()

  function update(sessionId: string, change: Omit<UpdateSession, 'type' | 'sessionId'>): void {
    relay.ask('update_session', { sessionId, ...change }).catch((error: unknown) => {
      notices.show(sidebarTexts.notSaved(asFarhandError(error).message))
    })
  }

  /** Quietly: nobody asked for it. Rejects with the relay's refusal, for whoever tries again. */
  async function markRead(sessionId: string, readUpTo: number): Promise<void> {
    await relay.ask('update_session', { sessionId, readUpTo })
  }

  return { update, markRead }
}
