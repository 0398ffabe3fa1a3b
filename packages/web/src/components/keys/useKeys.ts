import { useEventListener } from '@vueuse/core'
import { perform } from '../palette/actions.ts'
import { usePreferences } from '../preferences/preferences.ts'
import { nextArea } from './areas.ts'
import { actionOfKey } from './keyMap.ts'

/** After G the second key comes within this time, or not at all. */
const CHORD_MS = 1_500

/** The keys of the whole page, for as long as the calling scope lives. */
export function useKeys(): void {
  const { preferences } = usePreferences()
  let chordUntil = 0

  useEventListener(window, 'keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return
    if (event.key === 'F6') {
      if (nextArea(event.shiftKey ? -1 : 1)) event.preventDefault()
      return
    }
    const chord = event.timeStamp < chordUntil
    chordUntil = 0
    const action = actionOfKey(event, {
      inField: isField(event.target),
      letters: preferences.value.letterKeys && !isInDialog(event.target),
      chord,
    })
    if (action === 'chord') chordUntil = event.timeStamp + CHORD_MS
    else if (action !== undefined && perform(action)) event.preventDefault()
  })
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'))
}

function isInDialog(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[role="dialog"], [role="menu"], [role="alertdialog"]') !== null
}
