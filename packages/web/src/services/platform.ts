/** What this browser offers here. Plain HTTP from another machine takes several things away. */
export type Platform = { secure: boolean; missing: string[] }

export function readPlatform(host: Window & typeof globalThis = window): Platform {
  const secure = host.isSecureContext
  const missing: string[] = []
  if (!secure) missing.push('notifications', 'installing as an app')
  if (!('indexedDB' in host)) missing.push('keeping unsent messages after closing')
  if (host.navigator.clipboard === undefined) missing.push('the newer way of copying')
  return { secure, missing }
}

/** Copies text, the old way where the new one is missing. Answers whether it worked. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text) // missing on plain HTTP, or refused: the old way needs no right
  }
}

function copyBySelection(text: string): boolean {
  const field = document.createElement('textarea')
  field.value = text
  field.style.position = 'fixed'
  field.style.opacity = '0'
  document.body.append(field)
  const focused = document.activeElement
  field.select()
  const copied = document.execCommand('copy')
  field.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return copied
}

const FRAMES = { light: '#ffffff', dark: '#131316' }

/** The colour of what the browser draws around the page: as the page, also where that was chosen against the system's. */
export function paintFrame(theme: 'system' | 'light' | 'dark'): void {
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]'))
    meta.content = FRAMES[theme === 'system' ? (meta.media.includes('dark') ? 'dark' : 'light') : theme]
}
