import { computed, ref } from 'vue'
import type { Conversation } from '../composables/useConversation.ts'
import type { Session } from '../composables/useSession.ts'
import type { SessionLog } from '../stores/timelineStore.ts'

/** What the parts of a session page share, over a log that a test holds; what is sent goes nowhere unless it says where. */
export function buildConversation(log: SessionLog, part: Partial<Session> = {}): Conversation {
  return {
    session: {
      log,
      canLoadEarlier: computed(() => false),
      loadingEarlier: ref(false),
      mayAskEarlier: computed(() => true),
      loadEarlier: () => Promise.resolve(),
      send: () => Promise.resolve(),
      sentHere: ref(0),
      decide: () => Promise.resolve(),
      cancel: () => Promise.resolve(),
      arrange: () => Promise.resolve(),
      change: () => Promise.resolve(),
      rewind: () => Promise.resolve(),
      revoke: () => Promise.resolve(),
      ...part,
    },
    online: computed(() => true),
    machine: computed(() => 'workstation'),
    write: () => {},
  }
}
