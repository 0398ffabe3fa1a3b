import type { Quality } from '@farhand/shared'
import { useDocumentVisibility, useMediaQuery, useNetwork } from '@vueuse/core'
import { computed, onScopeDispose, ref, watch, type ComputedRef } from 'vue'
import { HIDDEN_AFTER_MS, chooseQuality, isSlowLink } from '../services/quality.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'

const PHONE = '(pointer: coarse) and (max-width: 767px)'

/** How much of a session this page takes just now. */
export function useQuality(): ComputedRef<Quality> {
  const connection = useConnectionStore()
  const visibility = useDocumentVisibility()
  const phone = useMediaQuery(PHONE)
  const { isSupported, effectiveType, saveData } = useNetwork()
  const hidden = ref(false)
  const slowLink = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(
    visibility,
    (seen) => {
      clearTimeout(timer)
      if (seen === 'visible') hidden.value = false
      else timer = setTimeout(() => (hidden.value = true), HIDDEN_AFTER_MS)
    },
    { immediate: true, flush: 'sync' },
  )
  watch(
    [effectiveType, () => connection.medianMs],
    ([type, medianMs]) => {
      slowLink.value = isSlowLink(isSupported.value ? type : undefined, medianMs, slowLink.value)
    },
    { immediate: true },
  )
  onScopeDispose(() => clearTimeout(timer))

  return computed(() =>
    chooseQuality({
      hidden: hidden.value,
      savesData: saveData.value === true,
      slowLink: slowLink.value,
      phone: phone.value,
    }),
  )
}
