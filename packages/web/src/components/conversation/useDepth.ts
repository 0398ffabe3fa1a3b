import { whenever } from '@vueuse/core'
import { computed, onMounted, type Ref } from 'vue'
import { useSlices } from '../../composables/useSlices.ts'
import { useTurns } from '../../composables/useTurn.ts'
import { FIRST_ROWS, PAGE_ROWS, ROWS_PER_FRAME } from './rowWindow.ts'

/** The first time, in so many tasks the first rows are made. */
const FIRST_PIECES = 4

/**
 * How many rows of the end are drawn: at once what fills a screen, what is above it as soon as there is time. `moves`
 * counts how often the view was led on.
 */
export function useDepth(moves: () => number): Readonly<Ref<number>> {
  const { shown, ask } = useSlices(ROWS_PER_FRAME, moves)
  shown.value = FIRST_ROWS
  const more = useTurns('rows', FIRST_PIECES - 1)
  const pieces = computed(() => 1 + more.value)
  const fillsScreen = computed(() => pieces.value === FIRST_PIECES)
  onMounted(() => whenever(fillsScreen, () => ask(PAGE_ROWS), { immediate: true, once: true }))
  return computed(() => (fillsScreen.value ? shown.value : (FIRST_ROWS * pieces.value) / FIRST_PIECES))
}
