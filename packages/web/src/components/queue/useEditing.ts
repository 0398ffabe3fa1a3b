import { useTimeoutFn } from '@vueuse/core'
import { computed, ref, watch, type ComputedRef, type Ref } from 'vue'
import { usePresenceStore } from '../../stores/presenceStore.ts'

/** Whoever has not touched the text for so long is not editing it any more. */
const TOLD_MS = 60_000

type Editing = {
  /** The waiting message that is being edited here, to be told to the others. */
  here: Readonly<Ref<string | undefined>>
  /** Called when somebody begins to edit one here, with each change, and, without one, when they are done. */
  edit(commandId: string | undefined): void
  /** Where else a message is being edited, by its id. */
  elsewhere: ComputedRef<ReadonlyMap<string, readonly string[]>>
}

/** Who edits which waiting message of a session. It is a hint: the last change that is saved counts. */
export function useEditing(sessionId: string): Editing {
  const presence = usePresenceStore()
  const here = ref<string>()
  /** From the relay one's own editing looks like anybody's, and is heard of for a moment after it is over. */
  const own = ref<string>()
  const { start, stop } = useTimeoutFn(() => (here.value = undefined), TOLD_MS, { immediate: false })

  const told = computed(() => {
    const devices = new Map<string, string[]>()
    for (const { editing, author } of presence.of(sessionId)) {
      if (editing === undefined) continue
      devices.set(editing, [...(devices.get(editing) ?? []), author.device ?? author.name])
    }
    return devices
  })
  const elsewhere = computed(() => new Map([...told.value].filter(([commandId]) => commandId !== own.value)))

  watch(told, (now) => {
    if (here.value === undefined && own.value !== undefined && !now.has(own.value)) own.value = undefined
  })

  function edit(commandId: string | undefined): void {
    here.value = commandId
    if (commandId === undefined) return stop()
    own.value = commandId
    start()
  }

  return { here, edit, elsewhere }
}
