import { FarhandError } from '@farhand/shared'
import { defineStore } from 'pinia'
import { ref } from 'vue'
import { memoryDevice } from '../services/device.ts'
import type { KeptCommand } from '../services/outboxStorage.ts'
import type { News } from '../services/peers.ts'
import { useConnectionStore } from './connectionStore.ts'
import { useNoticeStore } from './noticeStore.ts'
import { outboxList, type OutboxList } from './outboxList.ts'
import { asKept, MAX_KEPT_COMMANDS, type OutboxItem } from './outboxRules.ts'
import { outboxSender, type OutboxDevice, type OutboxSender } from './outboxSender.ts'

export type { OutboxItem } from './outboxRules.ts'

const NOT_STORED = 'This browser does not store messages just now: what is not sent is lost with the page.'

/**
 * Commands on their way: kept in durable storage until the relay acknowledges them (CMD1), sent in order, one at a
 * time per session, by one tab of this browser. Their ids make repeats harmless, should two tabs send all the same.
 */
export const useOutboxStore = defineStore('outbox', () => {
  const connection = useConnectionStore()
  const notices = useNoticeStore()
  const list = outboxList(() => connection.personId)
  const durable = ref(false)
  let device: OutboxDevice = memoryDevice()
  const sender = outboxSender({
    list,
    device: () => device,
    now: connection.relayNow,
    onElected: () => void reload(),
  })

  /** Returns how to stop listening to the other tabs. */
  async function open(opened: OutboxDevice): Promise<() => void> {
    device = opened
    durable.value = opened.durable
    const deaf = opened.peers.listen((news) => void hear(news, list, sender, reload))
    await reload()
    return deaf
  }

  async function reload(): Promise<void> {
    const stored = await device.outbox.load().catch(() => undefined) // then what this tab knows has to do
    if (sender.leads()) list.takeBack(sender.isBusy)
    if (stored !== undefined && device.durable) list.take(stored)
    sender.flush()
  }

  /**
   * Resolves when the command is in the storage, or, where the storage does not take it, when the relay has it or
   * somebody gave it up: then the text need not be held anywhere else. Rejects with QUEUE_FULL, and keeps nothing.
   */
  async function add(command: KeptCommand): Promise<void> {
    if (list.waiting.value.length >= MAX_KEPT_COMMANDS) throw tooMany()
    const item = list.push(command)
    const safe = list.settled(item.commandId)
    if (await store(item)) list.settle(item.commandId)
    if (item.state === 'saving') item.state = 'kept'
    device.peers.tell({ type: 'kept', commandId: item.commandId })
    sender.flush()
    await safe
  }

  /** Answers whether it is safe on this device. */
  async function store(item: OutboxItem): Promise<boolean> {
    try {
      await device.outbox.put(asKept(item))
      if (!device.durable) item.unstored = true
      return device.durable
    } catch {
      item.unstored = true // full, or closed under this page
      notices.showOnce('storage', NOT_STORED)
      return false
    }
  }

  /** Sends a refused command again, under the same id. */
  async function retry(commandId: string): Promise<void> {
    const item = list.find(commandId)
    if (item?.state !== 'failed') return
    item.state = 'kept'
    item.confirmedAt = connection.relayNow()
    delete item.failure
    delete item.notBefore
    if (item.unstored !== true) await store(item)
    device.peers.tell({ type: 'kept', commandId })
    sender.flush()
  }

  /** Its entry was seen in the log. Other tabs may not have it yet, and go on showing the message. */
  const arrived = (commandId: string): Promise<void> => drop({ type: 'sent', commandId })

  /** A person gave it up. One that is under way can't be taken back. */
  const remove = (commandId: string): Promise<void> => drop({ type: 'removed', commandId })

  async function drop(news: News): Promise<void> {
    list.forget(news.commandId)
    await device.outbox.remove(news.commandId).catch(() => undefined) // sent once more at worst, and recognised
    device.peers.tell(news)
    sender.flush()
  }

  const { items, failed, waiting, of, find } = list
  return { items, failed, waiting, of, find, durable, open, add, connect: sender.connect, retry, arrived, remove }
})

/** What another tab says of a command. */
async function hear(
  news: News,
  list: OutboxList,
  sender: Pick<OutboxSender, 'isBusy'>,
  reload: () => Promise<void>,
): Promise<void> {
  const { commandId } = news
  const item = list.find(commandId)
  switch (news.type) {
    case 'kept':
      if (item?.state === 'sending' && !sender.isBusy(item.sessionId)) item.state = 'kept' // its tab has given it back
      return await reload()
    case 'sending': {
      if (item === undefined) await reload()
      const known = list.find(commandId)
      if (known?.state === 'kept') known.state = 'sending'
      return
    }
    case 'sent':
      if (item !== undefined) item.state = 'sent'
      return list.settle(commandId)
    case 'removed':
      return list.forget(commandId)
    default:
      news satisfies never
  }
}

function tooMany(): FarhandError {
  const message = `${MAX_KEPT_COMMANDS} messages wait on this device already. Send this one when some have gone, or remove some.`
  return new FarhandError('QUEUE_FULL', message)
}
