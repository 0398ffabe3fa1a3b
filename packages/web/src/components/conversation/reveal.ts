import { shallowRef } from 'vue'

/** An item that is to be shown in its conversation, asked for from elsewhere on the page. */
export const wantedItem = shallowRef<{ sessionId: string; itemId: string }>()

export function reveal(sessionId: string, itemId: string): void {
  wantedItem.value = { sessionId, itemId }
}
