import { defineStore } from 'pinia'
import { ref } from 'vue'

/** Who listens hears one thing out before the next one; what comes meanwhile is said together. */
const APART_MS = 2_000

/** What is read out to people who can't see the page: states, never the text that streams. */
export const useAnnounceStore = defineStore('announce', () => {
  const polite = ref('')
  const assertive = ref('')
  const waiting = new Set<string>()
  let quietUntil = -Infinity
  let timer: ReturnType<typeof setTimeout> | undefined

  function say(text: string): void {
    waiting.add(text)
    if (timer === undefined) sayNow()
  }

  function sayNow(): void {
    clearTimeout(timer)
    timer = undefined
    const now = performance.now()
    if (waiting.size === 0) return
    if (now < quietUntil) return void (timer = setTimeout(sayNow, quietUntil - now))
    quietUntil = now + APART_MS
    polite.value = distinct(polite.value, [...waiting].join(' '))
    waiting.clear()
  }

  /** For what can't wait: a request for a person. */
  function alert(text: string): void {
    assertive.value = distinct(assertive.value, text)
  }

  return { polite, assertive, say, alert }
})

/** A live region is read out when its text changes, so a repeat needs to differ: by a space that nobody hears. */
function distinct(before: string, text: string): string {
  return before === text ? `${text}\u00a0` : text
}
