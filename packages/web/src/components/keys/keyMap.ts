import { actionTexts, type keyTexts } from '../../texts/shell.ts'
import type { ActionId } from '../palette/actions.ts'

/** Where a key counts. */
export type KeyPlace = keyof typeof keyTexts.places

/** A key with what it does. Keys without an action are handled where they belong, and stand here to be read. */
export type KeyLine = { keys: string; title: string; place: KeyPlace; action?: ActionId; letter?: boolean }

export const KEYS: readonly KeyLine[] = [
  { keys: 'Ctrl+K', title: actionTexts.palette, place: 'anywhere', action: 'palette' },
  { keys: 'Ctrl+Shift+O', title: actionTexts.newSession, place: 'anywhere', action: 'new-session' },
  { keys: 'Ctrl+B', title: actionTexts.sidebar, place: 'anywhere', action: 'sidebar' },
  { keys: 'Ctrl+.', title: actionTexts.runPanel, place: 'anywhere', action: 'run-panel' },
  { keys: 'F6', title: actionTexts.areas, place: 'anywhere' },
  { keys: 'F8', title: actionTexts.request, place: 'session', action: 'request' },
  { keys: 'F2', title: actionTexts.rename, place: 'session', action: 'rename' },
  { keys: 'Esc Esc', title: actionTexts.stop, place: 'session' },
  { keys: '/', title: actionTexts.composer, place: 'list', action: 'composer', letter: true },
  { keys: 'F', title: actionTexts.find, place: 'list', action: 'find', letter: true },
  { keys: 'U', title: actionTexts.markUnread, place: 'list', action: 'mark-unread', letter: true },
  { keys: '?', title: actionTexts.keys, place: 'list', action: 'keys', letter: true },
  { keys: 'Alt+ArrowDown', title: actionTexts.nextSession, place: 'list', action: 'next-session' },
  { keys: 'Alt+ArrowUp', title: actionTexts.previousSession, place: 'list', action: 'previous-session' },
  { keys: 'G 1…9', title: actionTexts.nthSession, place: 'list', letter: true },
  { keys: 'G A', title: actionTexts.nextWaiting, place: 'list', letter: true },
  { keys: 'J', title: actionTexts.nextMessage, place: 'list', action: 'next-message', letter: true },
  { keys: 'K', title: actionTexts.previousMessage, place: 'list', action: 'previous-message', letter: true },
  { keys: 'Enter', title: actionTexts.send, place: 'composer' },
  { keys: 'Shift+Enter', title: actionTexts.newLine, place: 'composer' },
  { keys: 'A', title: actionTexts.allowOnce, place: 'request', letter: true },
  { keys: 'S', title: actionTexts.allowSession, place: 'request', letter: true },
  { keys: 'D', title: actionTexts.deny, place: 'request', letter: true },
  { keys: '1…9', title: actionTexts.choose, place: 'request', letter: true },
]

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

/** What a pressed key does, by where the focus is. `chord`: G was pressed just before. Pure. */
export function actionOfKey(
  pressed: Pressed,
  at: { inField: boolean; letters: boolean; chord: boolean },
): ActionId | 'chord' | undefined {
  const name = nameOf(pressed)
  const plain = !pressed.ctrlKey && !pressed.metaKey && !pressed.altKey
  if (plain && !at.inField && at.letters) {
    const key = pressed.key.toLowerCase()
    if (at.chord && /^[1-9]$/.test(key)) return `session:${key}`
    if (at.chord && key === 'a') return 'next-waiting'
    if (key === 'g') return 'chord'
  }
  const line = KEYS.find(({ keys, action }) => action !== undefined && keys.toLowerCase() === name)
  if (line === undefined) return undefined
  if ((line.place === 'list' && at.inField) || (line.letter === true && !at.letters)) return undefined
  return line.action
}

/** Command on a Mac is what Ctrl is elsewhere. A letter's own Shift is part of it, as in `?`. */
function nameOf({ key, ctrlKey, metaKey, altKey, shiftKey }: Pressed): string {
  const isLetter = key.length === 1 && /[a-z]/i.test(key)
  return [
    ...(ctrlKey || metaKey ? ['ctrl'] : []),
    ...(altKey ? ['alt'] : []),
    ...(shiftKey && (isLetter || key.length > 1) ? ['shift'] : []),
    key.toLowerCase(),
  ].join('+')
}
