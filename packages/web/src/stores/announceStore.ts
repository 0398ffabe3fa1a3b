import { defineStore } from 'pinia'
import { ref } from 'vue'

/** What is read out to people who can't see the page: states, never the text that streams. */
export const useAnnounceStore = defineStore('announce', () => {
  const polite = ref('')
  const assertive = ref('')

  function say(text: string): void {
    polite.value = distinct(polite.value, text)
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
