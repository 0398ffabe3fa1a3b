/** The key code that browsers give while an input method composes; Safari ends a composition before its Enter. */
const COMPOSING_KEY_CODE = 229

type Key = Pick<KeyboardEvent, 'key' | 'shiftKey' | 'altKey' | 'isComposing' | 'keyCode'>

/** Enter sends. With Shift or Alt it is a new line, and while a word is being composed it ends the word. */
export function isSendKey({ key, shiftKey, altKey, isComposing, keyCode }: Key): boolean {
  return key === 'Enter' && !shiftKey && !altKey && !isComposing && keyCode !== COMPOSING_KEY_CODE
}
