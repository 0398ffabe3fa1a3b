import { shallowRef, watch, type Ref } from 'vue'

/**
 * A list whose rows keep their order while `still` holds: what is new comes at the end, what is gone leaves, and
 * each row's content is the present one. With `still` over, the given order returns.
 */
export function useStillOrder<T>(list: () => readonly T[], idOf: (row: T) => string, still: Readonly<Ref<boolean>>) {
  const shown = shallowRef<readonly T[]>([])
  watch(
    [list, still],
    ([rows, isStill]) => (shown.value = isStill ? keepOrder(shown.value.map(idOf), rows, idOf) : rows),
    { immediate: true },
  )
  return shown
}

export function keepOrder<T>(order: readonly string[], rows: readonly T[], idOf: (row: T) => string): T[] {
  const place = new Map(order.map((id, index) => [id, index]))
  const placeOf = (row: T): number => place.get(idOf(row)) ?? order.length
  return rows.toSorted((a, b) => placeOf(a) - placeOf(b))
}
