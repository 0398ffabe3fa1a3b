import { useMutationObserver } from '@vueuse/core'
import { readonly, ref, type Ref } from 'vue'

/** Is something open over the page that lets nobody reach what is under it? */
export function useCovered(): Readonly<Ref<boolean>> {
  const covered = ref(false)

  function look(): void {
    covered.value = document.querySelector('body > .scrim') !== null
  }

  look()
  useMutationObserver(document.body, look, { childList: true })
  return readonly(covered)
}
