import { useEventListener } from '@vueuse/core'
import { shallowRef } from 'vue'

/** What a browser gives a page that it could install: it asks the person, once. */
type InstallEvent = Event & { prompt(): Promise<unknown>; userChoice: Promise<{ outcome: 'accepted' | 'dismissed' }> }

/**
 * How this page can be made an app of its own here. `offered`: the browser asks when it is told to. `ios`: only by hand.
 * `menu`: the browser may have it in its menu.
 */
type InstallState = 'installed' | 'offered' | 'ios' | 'insecure' | 'menu'

const offer = shallowRef<InstallEvent>()
/** For this visit: the page itself stays a tab of the browser. */
const accepted = shallowRef(false)

/** Keeps the browser's offer for whoever asks for it in the settings, for as long as the calling scope lives. */
export function useInstallOffer(): void {
  useEventListener(window, 'beforeinstallprompt', (event: Event) => {
    if (!isInstallEvent(event)) return
    event.preventDefault() // nobody is asked who has not asked
    offer.value = event
  })
  useEventListener(window, 'appinstalled', () => {
    offer.value = undefined
    accepted.value = true
  })
}

export function installState(host: Window = window): InstallState {
  return decideInstall({
    standalone: accepted.value || host.matchMedia('(display-mode: standalone)').matches,
    secure: host.isSecureContext,
    offered: offer.value !== undefined,
    ios: isIos(host.navigator),
  })
}

/** Pure. */
export function decideInstall(here: {
  standalone: boolean
  secure: boolean
  offered: boolean
  ios: boolean
}): InstallState {
  if (here.standalone) return 'installed'
  if (here.offered) return 'offered'
  if (here.ios) return 'ios'
  return here.secure ? 'menu' : 'insecure'
}

/** An iPad says that it is a Mac; Macs have no touch screen. */
export function isIos({ userAgent, maxTouchPoints }: Pick<Navigator, 'userAgent' | 'maxTouchPoints'>): boolean {
  return /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1)
}

/** Has the browser ask the person; its offer is used up by that. */
export async function install(): Promise<void> {
  const event = offer.value
  offer.value = undefined
  if (event === undefined) return
  await event.prompt()
  accepted.value = (await event.userChoice).outcome === 'accepted'
}

function isInstallEvent(event: Event): event is InstallEvent {
  return 'prompt' in event && 'userChoice' in event
}
