import { watch } from 'vue'
import { openNotifier } from '../../services/notify.ts'
import { openPush, type Push } from '../../services/push.ts'
import { useConnectionStore } from '../../stores/connectionStore.ts'
import { usePreferences } from '../preferences/preferences.ts'

/**
 * Keeps what the relay knows of this browser as it was chosen: a browser may have another address by now, a login be a new
 * one, the relay have other keys. What does not work is said in the settings.
 */
export function usePush(
  push: Pick<Push, 'agree'> = openPush(),
  permission: () => string = openNotifier().permission,
): void {
  const connection = useConnectionStore()
  const { preferences } = usePreferences()

  async function agree(): Promise<void> {
    const { pushed, notify } = preferences.value
    if (connection.connected && pushed && permission() === 'granted') await push.agree(notify)
  }

  watch(
    () => [connection.connected, preferences.value.pushed, ...preferences.value.notify].join(),
    () =>
      agree().catch((error: unknown) =>
        console.info('The relay could not be told where to send notifications.', error),
      ),
    { immediate: true },
  )
}
