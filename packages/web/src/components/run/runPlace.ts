import { useLocalStorage, useMediaQuery } from '@vueuse/core'
import { computed, ref } from 'vue'

/** From this width on the panel stands beside the conversation; below `NARROW` it is a sheet. */
export const DOCKED = '(min-width: 1200px)'
export const NARROW = '(max-width: 767px)'

const KEY = 'farhand:run-panel'

const dockedWish = useLocalStorage(KEY, true, { writeDefaults: false, onError: () => undefined })

/** Is the panel open? Docked it is remembered; over the conversation it is opened for a look. */
export function useRunPlace() {
  const docked = useMediaQuery(DOCKED)
  const looking = ref(false)
  return computed({
    get: () => (docked.value ? dockedWish.value : looking.value),
    set(open) {
      if (docked.value) dockedWish.value = open
      else looking.value = open
    },
  })
}
