import { computed, nextTick, shallowRef, type Ref } from 'vue'
import type { Drawn } from './rowWindow.ts'

/**
 * Rows above those that are shown, made and not shown yet: a frame has time to make some rows, or to lay them out and
 * paint them, and not for both. They last as long as the first shown row is the one that they were made for.
 */
export function useAhead(keys: Readonly<Ref<readonly string[]>>, shown: Readonly<Ref<Drawn>>) {
  const ahead = shallowRef<{ above: string | undefined; rows: number }>()
  /** How many of the rows that are made are not shown. */
  const unseen = computed(() => {
    const { first } = shown.value
    return ahead.value !== undefined && ahead.value.above === keys.value[first] ? Math.min(first, ahead.value.rows) : 0
  })

  async function prepare(rows: number): Promise<void> {
    ahead.value = { above: keys.value[shown.value.first], rows }
    await nextTick()
  }

  return { unseen, prepare }
}
