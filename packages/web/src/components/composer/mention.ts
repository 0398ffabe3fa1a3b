import { shallowRef } from 'vue'
import { mentionOf } from './trigger.ts'

/** A file that is to be named in the message that is being written, asked for from elsewhere on the page. */
export const wantedMention = shallowRef<{ sessionId: string; path: string }>()

export function mention(sessionId: string, path: string): void {
  wantedMention.value = { sessionId, path }
}

/** A text with a file named in it, and where the caret is then. Pure. */
export function withMention(text: string, caret: number, path: string): { text: string; caret: number } {
  const [before, after] = [text.slice(0, caret), text.slice(caret)]
  const named = `${/\S$/.test(before) ? ' ' : ''}${mentionOf(path)} `
  return { text: before + named + after.replace(/^ /, ''), caret: before.length + named.length }
}
