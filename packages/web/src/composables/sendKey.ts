/** The key code that browsers give while an input method composes; Safari ends a composition before its Enter. */
const COMPOSING_KEY_CODE = 229

type Composing = Pick<KeyboardEvent, 'isComposing' | 'keyCode'>
type Key = Composing &
  Pick<KeyboardEvent, 'key' | 'shiftKey' | 'altKey'> &
  Partial<Pick<KeyboardEvent, 'ctrlKey' | 'metaKey'>>

/** While a word is being composed, keys are about that word. */
export function isComposing(event: Composing): boolean {
  return event.isComposing || event.keyCode === COMPOSING_KEY_CODE
}

/**
 * Enter sends, and Ctrl+Enter always does. With Shift or Alt it is a new line, and while a word is being composed it ends the
 * word.
 * @param enterSends false where Enter alone is a new line
 */
export function isSendKey(event: Key, enterSends = true): boolean {
  const { key, shiftKey, altKey, ctrlKey = false, metaKey = false } = event
  if (key !== 'Enter' || shiftKey || altKey || isComposing(event)) return false
  return enterSends || ctrlKey || metaKey
}
