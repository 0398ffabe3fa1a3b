import { shallowRef } from 'vue'

/** An item that is to be shown in its conversation. `seq`: where it stands in the log, as its link says; it is read back to. */
export type WantedItem = { sessionId: string; itemId: string; seq?: number }

/** Asked for from elsewhere on the page. */
export const wantedItem = shallowRef<WantedItem>()

export function reveal(sessionId: string, itemId: string, seq?: number): void {
  wantedItem.value = { sessionId, itemId, ...(seq === undefined ? {} : { seq }) }
}
