import type { FarhandError } from '@farhand/shared'
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { asFarhandError } from '../services/api.ts'
import { memoryStorage, type KeptCommand, type OutboxStorage } from '../services/outboxStorage.ts'
import { dueItems, mayPass } from './outboxRules.ts'

/** How long to wait after a refusal that may pass, where the relay names no time. */
export const RETRY_MS = 2_000

export type OutboxItem = KeptCommand & {
  /** `saving`: not yet in the storage. `sent`: acknowledged, its entry is not here yet. */
  state: 'saving' | 'kept' | 'sending' | 'sent' | 'failed'
}

/** Hands a command to the relay; resolves with its acknowledgement. */
export type SendCommand = (command: KeptCommand) => Promise<void>

/**
 * Commands on their way: kept in durable storage until the relay acknowledges them (CMD1), sent in order, one at a
 * time per session. Their ids make repeats harmless, so two tabs may send the same one.
 */
export const useOutboxStore = defineStore('outbox', () => {
  const { items, find, of, setState } = itemList()
  const durable = ref(false)
  const sending = new Set<string>()
  let storage: OutboxStorage = memoryStorage()
  let send: SendCommand | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const failed = computed(() => items.value.filter((item) => item.state === 'failed'))

  async function open(opened: OutboxStorage): Promise<void> {
    storage = opened
    durable.value = opened.durable
    const kept = await opened.load()
    const here = new Set(items.value.map((item) => item.commandId))
    const loaded = kept.filter((command) => !here.has(command.commandId))
    items.value = [...loaded.map(asLoaded), ...items.value]
    flush()
  }

  /** Resolves when the command is in the storage. A storage that fails keeps it in memory and rejects. */
  async function add(command: KeptCommand): Promise<void> {
    items.value.push({ ...command, state: 'saving' })
    try {
      await storage.put(command)
    } finally {
      setState(command.commandId, 'kept')
      flush()
    }
  }

  /** The connection is there. Returns how to say that it is gone. */
  function connect(sender: SendCommand): () => void {
    send = sender
    flush()
    return () => {
      if (send === sender) send = undefined
      clearTimeout(timer)
    }
  }

  function flush(): void {
    if (send === undefined) return
    for (const item of dueItems(items.value, sending)) void deliver(item, send)
  }

  /** A door: every outcome of a delivery becomes a state that is shown. */
  async function deliver(item: OutboxItem, sender: SendCommand): Promise<void> {
    const { commandId, sessionId } = item
    sending.add(sessionId)
    setState(commandId, 'sending')
    try {
      await sender(asKept(item))
      setState(commandId, 'sent')
      await storage.remove(commandId)
    } catch (error) {
      await takeRefusal(commandId, asFarhandError(error), sender)
    } finally {
      sending.delete(sessionId)
      // After a refusal that may pass, the pause decides when to go on.
      if (find(commandId)?.state !== 'kept' || send !== sender) flush()
    }
  }

  async function takeRefusal(commandId: string, error: FarhandError, sender: SendCommand): Promise<void> {
    const item = find(commandId)
    if (item === undefined || item.state === 'sent') return
    if (mayPass(error.code)) {
      item.state = 'kept'
      if (send !== sender) return // the connection is another one already, and takes it up at once
      clearTimeout(timer)
      timer = setTimeout(flush, error.retryAfterMs ?? RETRY_MS)
      return
    }
    item.state = 'failed'
    item.failure = { code: error.code, message: error.message }
    await storage.put(asKept(item)).catch(() => undefined) // the older copy is kept: it is only asked again
  }

  /** Sends a refused command again, under the same id. */
  function retry(commandId: string): void {
    const item = find(commandId)
    if (item?.state !== 'failed') return
    item.state = 'kept'
    delete item.failure
    flush()
  }

  /** Its entry was seen in the log, or a person gave it up. One that is under way can't be taken back. */
  async function remove(commandId: string): Promise<void> {
    items.value = items.value.filter((item) => item.commandId !== commandId)
    await storage.remove(commandId)
  }

  return { items, durable, failed, open, of, add, connect, retry, remove, find }
})

function itemList() {
  const items = ref<OutboxItem[]>([])

  function find(commandId: string): OutboxItem | undefined {
    return items.value.find((item) => item.commandId === commandId)
  }

  function of(sessionId: string): OutboxItem[] {
    return items.value.filter((item) => item.sessionId === sessionId)
  }

  function setState(commandId: string, state: OutboxItem['state']): void {
    const item = find(commandId)
    if (item !== undefined) item.state = state
  }

  return { items, find, of, setState }
}

function asLoaded(command: KeptCommand): OutboxItem {
  return { ...command, state: command.failure === undefined ? 'kept' : 'failed' }
}

function asKept({ commandId, sessionId, projectId, text, opensSession, at, failure }: OutboxItem): KeptCommand {
  return { commandId, sessionId, projectId, text, opensSession, at, ...(failure === undefined ? {} : { failure }) }
}
