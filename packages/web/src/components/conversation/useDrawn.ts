import { computed, shallowRef, watch, type Ref } from 'vue'
import { quietFrame } from './frames.ts'
import { drawnRows, held, type Drawn, type RowWindow } from './rowWindow.ts'
import { useDepth } from './useDepth.ts'

/**
 * Which rows are drawn. Above, rows come and go in frames of their own: when lines move for another reason as well, a
 * browser counts what the view was scrolled to make up for those rows as movement too (layout shift, of a whole screen).
 * `moves` counts how often the view was led on to the end.
 */
export function useDrawn(
  keys: Readonly<Ref<readonly string[]>>,
  rowWindow: Readonly<Ref<RowWindow>>,
  moves: () => number,
): Readonly<Ref<Drawn>> {
  const depth = useDepth(moves)
  const due = computed(() => drawnRows(keys.value, rowWindow.value, depth.value))
  const heldKey = shallowRef<string>()
  watch(
    () => keys.value[due.value.first],
    async (_key, before, onCleanup) => {
      let isLast = true
      onCleanup(() => (isLast = false))
      // Whoever is elsewhere is held in place in the task that takes the rows away.
      heldKey.value = rowWindow.value.firstKey === undefined ? upper(keys.value, heldKey.value, before) : undefined
      await quietFrame(moves)
      if (isLast) heldKey.value = undefined // else what came later still waits for its frame
    },
  )
  return computed(() => held(keys.value, due.value, heldKey.value))
}

/** Of two rows the one above; where only one is there, that one. */
function upper(keys: readonly string[], one: string | undefined, other: string | undefined): string | undefined {
  return keys.find((key) => key === one || key === other)
}
