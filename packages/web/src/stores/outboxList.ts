import { computed, ref } from 'vue'
import type { KeptCommand } from '../services/outboxStorage.ts'
import { isWaiting, reconcile, type OutboxItem } from './outboxRules.ts'

export type OutboxList = ReturnType<typeof outboxList>

/**
 * The commands on their way as this tab sees them, oldest first. It also holds what others wrote here who are not
 * signed in now; nobody else sees or sends that.
 */
export function outboxList(person: () => string | undefined) {
  const all = ref<OutboxItem[]>([])
  const items = computed(() => all.value.filter((item) => item.personId === undefined || item.personId === person()))
  const failed = computed(() => items.value.filter((item) => item.state === 'failed'))
  const waiting = computed(() => items.value.filter(isWaiting))
  const settling = new Map<string, () => void>()

  function find(commandId: string): OutboxItem | undefined {
    return all.value.find((item) => item.commandId === commandId)
  }

  function of(sessionId: string): OutboxItem[] {
    return items.value.filter((item) => item.sessionId === sessionId)
  }

  /** Answers the item as it is shown from now on. */
  function push(command: KeptCommand): OutboxItem {
    const personId = person()
    const index = all.value.push({ ...command, ...(personId === undefined ? {} : { personId }), state: 'saving' }) - 1
    return all.value[index] ?? { ...command, state: 'saving' }
  }

  function forget(commandId: string): void {
    all.value = all.value.filter((item) => item.commandId !== commandId)
    settle(commandId)
  }

  /** What the storage has now, which is the truth that the tabs share. */
  function take(stored: readonly KeptCommand[]): void {
    all.value = reconcile(all.value, stored)
  }

  /** What another tab had under way when it gave the lead away, or died. */
  function takeBack(isBusy: (sessionId: string) => boolean): void {
    for (const item of all.value) if (item.state === 'sending' && !isBusy(item.sessionId)) item.state = 'kept'
  }

  /** Resolves with the next `settle` of this command: its text need not be held anywhere else. */
  function settled(commandId: string): Promise<void> {
    return new Promise((resolve) => settling.set(commandId, resolve))
  }

  function settle(commandId: string): void {
    settling.get(commandId)?.()
    settling.delete(commandId)
  }

  return { items, failed, waiting, find, of, push, forget, take, takeBack, settled, settle }
}
