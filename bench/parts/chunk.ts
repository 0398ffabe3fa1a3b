/** Wall-clock milliseconds with fractions, comparable between processes of one machine. */
export function stamp(): number {
  return performance.timeOrigin + performance.now()
}

/** A text of about `bytes` bytes that knows when it was made. */
export function chunk(bytes: number): string {
  return `${stamp()} `.padEnd(bytes, 'x')
}

/** How long a chunk was on its way, in milliseconds. */
export function age(text: string): number {
  return stamp() - Number(text.slice(0, text.indexOf(' ')))
}
