import { ref, type Ref } from 'vue'
import { isComposing } from '../../composables/sendKey.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { useOutboxStore } from '../../stores/outboxStore.ts'
import type { SessionLog } from '../../stores/timelineStore.ts'
import { recallStep, sentTexts, type Recalled } from './recall.ts'

/** Brings back what this person sent in a session, as the text of a new message. */
export function useRecall({
  log,
  text,
  caret,
}: {
  log: SessionLog
  text: Ref<string>
  caret: Ref<number | undefined>
}) {
  const connection = useConnectionStore()
  const outbox = useOutboxStore()
  const recalled = ref<Recalled>()

  function sent(): string[] {
    const inLog = log.timeline.items.flatMap((item) =>
      item.type === 'message' && (item.author === undefined || item.author.id === connection.personId)
        ? [item.text]
        : [],
    )
    return sentTexts([...inLog, ...outbox.of(log.sessionId).map((item) => item.text)])
  }

  /** The text that is to stand in the box after this key; undefined: the key is not about it. */
  function onKey(event: KeyboardEvent): string | undefined {
    if (isComposing(event) || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return undefined
    if (caret.value === undefined || !KEYS.has(event.key)) return undefined
    const at = { key: event.key, text: text.value, caret: caret.value, recalled: recalled.value }
    const step = recallStep(at, sent())
    if (step !== undefined) recalled.value = step.recalled
    return step?.text
  }

  return { onKey }
}

const KEYS: ReadonlySet<string> = new Set(['ArrowUp', 'ArrowDown', 'Escape'])
