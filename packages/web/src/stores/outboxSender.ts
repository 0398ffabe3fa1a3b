import { FarhandError } from '@farhand/shared'
import { duration } from '../format/time.ts'
import { asFarhandError } from '../services/api.ts'
import type { Device } from '../services/device.ts'
import type { Candidacy } from '../services/leadership.ts'
import type { KeptCommand } from '../services/outboxStorage.ts'
import type { OutboxList } from './outboxList.ts'
import { asKept, dueItems, isOld, mayPass, nextDue, type OutboxItem } from './outboxRules.ts'

/** How long to wait after a refusal that may pass, where the relay names no time. */
export const RETRY_MS = 2_000

/** Hands a command to the relay; resolves with its acknowledgement. */
export type SendCommand = (command: KeptCommand) => Promise<void>

export type OutboxDevice = Pick<Device, 'durable' | 'outbox' | 'peers' | 'stand'>

export type OutboxSender = ReturnType<typeof outboxSender>

export type SenderParts = {
  list: OutboxList
  device(): OutboxDevice
  now(): number
  /** This tab leads from here on: what the others knew last has to be read. */
  onElected(): void
}

/** Sends what is due while there is a connection, where this tab leads. */
export function outboxSender({ list, device, now, onElected }: SenderParts) {
  const busy = new Set<string>()
  let send: SendCommand | undefined
  let candidacy: Candidacy | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  /** The connection is there. Returns how to say that it is gone. */
  function connect(sender: SendCommand): () => void {
    send = sender
    // What got no answer waited for this connection; what was refused waits for its time.
    for (const item of list.items.value) if (item.hold === undefined) delete item.notBefore
    const mine = device().stand(onElected)
    candidacy = mine
    flush()
    return () => {
      mine.resign()
      if (send === sender) send = undefined
      clearTimeout(timer)
    }
  }

  function flush(): void {
    clearTimeout(timer)
    if (send === undefined) return
    const next = nextDue(list.items.value, now())
    if (next !== undefined) timer = setTimeout(flush, next - now())
    for (const item of dueItems(list.items.value, busy, leads(), now())) {
      if (isOld(item, now())) void refuse(item, tooOld(item, now())).then(flush)
      else void deliver(item, send)
    }
  }

  function leads(): boolean {
    return candidacy?.leads() ?? false
  }

  /** A door: every outcome of a delivery becomes a state that is shown. */
  async function deliver(item: OutboxItem, sender: SendCommand): Promise<void> {
    const { commandId, sessionId } = item
    busy.add(sessionId)
    item.state = 'sending'
    device().peers.tell({ type: 'sending', commandId })
    try {
      await sender(asKept(item))
      item.state = 'sent'
      list.settle(commandId)
      await device()
        .outbox.remove(commandId)
        .catch(() => undefined) // then it is sent once more, and recognised
      device().peers.tell({ type: 'sent', commandId })
    } catch (error) {
      await takeRefusal(commandId, asFarhandError(error), sender)
    } finally {
      busy.delete(sessionId)
      flush()
    }
  }

  async function takeRefusal(commandId: string, error: FarhandError, sender: SendCommand): Promise<void> {
    const item = list.find(commandId)
    if (item === undefined || item.state === 'sent') return
    if (!mayPass(error.code)) return await refuse(item, error)
    item.state = 'kept'
    device().peers.tell({ type: 'kept', commandId })
    if (send !== sender) return // the connection is another one already, and takes it up at once
    if (error.code !== 'INTERNAL') item.hold = { code: error.code, message: error.message }
    item.notBefore = now() + (error.retryAfterMs ?? RETRY_MS)
  }

  async function refuse(item: OutboxItem, { code, message }: FarhandError): Promise<void> {
    item.state = 'failed'
    item.failure = { code, message }
    delete item.hold
    delete item.notBefore
    // Where this fails the older copy is kept, and asked again with the next start.
    if (item.unstored !== true)
      await device()
        .outbox.put(asKept(item))
        .catch(() => undefined)
    device().peers.tell({ type: 'kept', commandId: item.commandId })
  }

  return { connect, flush, leads, isBusy: (sessionId: string) => busy.has(sessionId) }
}

function tooOld({ at, confirmedAt }: KeptCommand, now: number): FarhandError {
  return new FarhandError('EXPIRED', `It was written ${duration(now - (confirmedAt ?? at))} ago. Send it still?`)
}
