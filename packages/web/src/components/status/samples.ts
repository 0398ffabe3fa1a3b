/** What the relay had counted at a moment of this page's clock, in milliseconds. */
export type Sample = { at: number; values: ReadonlyMap<string, number> }

const MS_PER_SECOND = 1_000

/** The sum of all series of a name, whatever their labels; undefined where there is none. */
export function total({ values }: Sample, name: string): number | undefined {
  let sum: number | undefined
  for (const [series, value] of values) {
    if (series === name || series.startsWith(`${name}{`)) sum = (sum ?? 0) + value
  }
  return sum
}

/** Of a counter, each second between two samples. Undefined where the relay began anew in between. */
export function rate(before: Sample, after: Sample, name: string): number | undefined {
  const [then, now] = [total(before, name), total(after, name)]
  const seconds = (after.at - before.at) / MS_PER_SECOND
  if (then === undefined || now === undefined || now < then || seconds <= 0) return undefined
  return (now - then) / seconds
}

/**
 * Below which a share of what a histogram saw between two samples lay, drawn out evenly within its bucket. Undefined where
 * it saw nothing; the largest bound where it lies above all of them.
 */
export function quantile(before: Sample, after: Sample, name: string, share: number): number | undefined {
  const buckets = boundsOf(after, name).map((bound) => {
    const series = `${name}_bucket{le=${bound}}`
    return { bound: bound === '+Inf' ? Infinity : Number(bound), seen: grown(before, after, series) }
  })
  const all = buckets.at(-1)?.seen ?? 0
  if (all <= 0) return undefined
  const wanted = all * share
  const index = buckets.findIndex(({ seen }) => seen >= wanted)
  const bucket = buckets[index]
  const below = buckets[index - 1] ?? { bound: 0, seen: 0 }
  if (bucket === undefined || bucket.bound === Infinity) return below.bound
  return below.bound + ((bucket.bound - below.bound) * (wanted - below.seen)) / (bucket.seen - below.seen)
}

/** A histogram's upper bounds, smallest first. */
function boundsOf({ values }: Sample, name: string): string[] {
  const start = `${name}_bucket{le=`
  const bounds = [...values.keys()].filter((key) => key.startsWith(start)).map((key) => key.slice(start.length, -1))
  return bounds.toSorted((a, b) => toNumber(a) - toNumber(b))
}

function toNumber(bound: string): number {
  return bound === '+Inf' ? Infinity : Number(bound)
}

/** A counter that fell has begun anew: all that it has is new. */
function grown(before: Sample, after: Sample, series: string): number {
  const [then, now] = [before.values.get(series) ?? 0, after.values.get(series) ?? 0]
  return now < then ? now : now - then
}

/** The newest `keepMs`, with one more. */
export function withSample(samples: readonly Sample[], sample: Sample, keepMs: number): Sample[] {
  return [...samples.filter(({ at }) => at >= sample.at - keepMs && at < sample.at), sample]
}
