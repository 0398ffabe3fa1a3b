import { noteKindSchema } from '@farhand/shared'
import { useLocalStorage } from '@vueuse/core'
import { computed, watchEffect } from 'vue'
import { z } from 'zod'
import { paintFrame } from '../../services/platform.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export const TOOL_DETAILS = ['compact', 'normal', 'everything'] as const
/** What Enter does in the message box; `device`: sends where there are keys, and is a new line on a touch screen. */
export const ENTER_WISHES = ['device', 'send', 'newline'] as const
export type ToolDetail = (typeof TOOL_DETAILS)[number]

const preferencesSchema = z.object({
  theme: z.enum(THEMES).catch('system'),
  toolDetail: z.enum(TOOL_DETAILS).catch('normal'),
  enter: z.enum(ENTER_WISHES).catch('device'),
  /** Keys without Ctrl or Alt, which speech input may press by mistake. */
  letterKeys: z.boolean().catch(true),
  /** Long lines of code break instead of scrolling. */
  wrapCode: z.boolean().catch(false),
  /** What this browser notifies of. */
  notify: z.array(noteKindSchema).catch([]),
  /** Also while none of its tabs is open. */
  pushed: z.boolean().catch(false),
})
export type Preferences = z.infer<typeof preferencesSchema>

const KEY = 'farhand:preferences'
export const DEFAULTS: Preferences = {
  theme: 'system',
  toolDetail: 'normal',
  enter: 'device',
  letterKeys: true,
  wrapCode: false,
  notify: [],
  pushed: false,
}

const stored = useLocalStorage<Preferences>(KEY, DEFAULTS, {
  writeDefaults: false, // what nobody chose is not kept, and takes no time of the first load
  // Storage that is switched off or damaged costs the choice its memory, nothing else.
  onError: () => undefined,
  serializer: { read: readPreferences, write: JSON.stringify },
})

/** What a person chose for this browser; the same in all of its tabs. */
export function usePreferences() {
  return {
    preferences: computed(() => stored.value),
    prefer: (change: Partial<Preferences>) => (stored.value = { ...stored.value, ...change }),
  }
}

/** Draws the page as it was chosen, for as long as the calling scope lives. */
export function useAppearance(): void {
  watchEffect(() => {
    const { theme, wrapCode } = stored.value
    const { classList } = document.documentElement
    classList.toggle('light', theme === 'light')
    classList.toggle('dark', theme === 'dark')
    classList.toggle('wrap-code', wrapCode)
    paintFrame(theme)
  })
}

export function readPreferences(text: string): Preferences {
  try {
    return preferencesSchema.catch(DEFAULTS).parse(JSON.parse(text))
  } catch {
    return DEFAULTS
  }
}
