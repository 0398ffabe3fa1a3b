import { onMounted, type Ref } from 'vue'
import { useSlices } from '../../composables/useSlices.ts'
import { FIRST_ROWS, PAGE_ROWS, ROWS_PER_FRAME } from './rowWindow.ts'

/**
 * How many rows of the end are drawn: at once what fills a screen, what is above it as soon as there is time. `moves`
 * counts how often the view was led on.
 */
export function useDepth(moves: () => number): Readonly<Ref<number>> {
  const { shown, ask } = useSlices(ROWS_PER_FRAME, moves)
  shown.value = FIRST_ROWS
  onMounted(() => ask(PAGE_ROWS))
  return shown
}
