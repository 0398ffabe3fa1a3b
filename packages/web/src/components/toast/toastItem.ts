import { onMounted, type Ref } from 'vue'

/** What a toast stands in can do nothing, so the keyboard does not stop at it; what can be pressed is in the toast. */
export function useToastItem(toast: Readonly<Ref<HTMLElement | null>>): void {
  onMounted(() => toast.value?.closest('li')?.removeAttribute('tabindex'))
}
