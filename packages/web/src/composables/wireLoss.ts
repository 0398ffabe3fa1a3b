import type { LinkStatus } from '../services/reconnect.ts'
import type { Relay } from '../services/relay.ts'
import { useAnnounceStore } from '../stores/announceStore.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { usePresenceStore } from '../stores/presenceStore.ts'
import { deliveryTexts } from '../texts/delivery.ts'

/** A hand-over between networks is over within this time: it is neither shown as a loss nor announced. */
export const GRACE_MS = 2_000

const texts = deliveryTexts.connection

/** Says that the connection is gone, when that has lasted, and that it is back, where its loss was said. */
export function wireLoss(relay: Pick<Relay, 'onStatus' | 'onOverdue'>): () => void {
  const connection = useConnectionStore()
  const presence = usePresenceStore()
  const announce = useAnnounceStore()
  let timer: ReturnType<typeof setTimeout> | undefined
  let before: LinkStatus['name'] | undefined
  let said = false

  function settle(): void {
    clearTimeout(timer)
    timer = undefined
    connection.unsure = false
  }

  function sayLost(): void {
    settle()
    if (said) return
    said = true
    presence.clear()
    announce.say(connection.link.name === 'offline' ? texts.offline : texts.lost)
  }

  function take(status: LinkStatus): void {
    switch (status.name) {
      case 'connected':
        settle()
        if (said) announce.say(texts.restored)
        said = false
        return
      case 'signed-out':
      case 'rejected':
        return settle() // which say themselves what they are
      case 'waiting':
      case 'offline':
      case 'connecting':
        if (status.name === 'waiting' && status.until === null) sayLost()
        else if (before === 'connected' && !said) {
          connection.unsure = true
          timer ??= setTimeout(sayLost, GRACE_MS)
        } else if (timer === undefined && status.name !== 'connecting') sayLost()
        return
      default:
        status satisfies never
    }
  }

  const undo = [
    relay.onStatus((status) => {
      take(status)
      before = status.name
    }),
    relay.onOverdue((overdue) => {
      if (timer === undefined) connection.unsure = overdue
    }),
  ]
  return () => {
    settle()
    undo.forEach((step) => step())
  }
}
