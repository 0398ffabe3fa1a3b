import { defineStore } from 'pinia'
import { ref } from 'vue'
import { createLapse } from './lapse.ts'

const SHOWN_MS = 6_000

/** One short line for a person, about something that has no place of its own on the page. */
export const useNoticeStore = defineStore('notice', () => {
  const text = ref('')
  const told = new Set<string>()
  const lapse = createLapse(hide)

  function show(next: string): void {
    text.value = next
    lapse.start(SHOWN_MS)
  }

  /** For what stays as it is: once per page and topic, until somebody closes it. */
  function showOnce(topic: string, next: string): void {
    if (told.has(topic)) return
    told.add(topic)
    text.value = next
    lapse.start()
  }

  function hide(): void {
    text.value = ''
    lapse.start()
  }

  return { text, show, showOnce, hide, hold: lapse.hold }
})
