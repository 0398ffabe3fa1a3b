/** Ends something after a while, unless it is held meanwhile: then the while begins anew when it is let go. */
export function createLapse(end: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let whileMs: number | undefined
  let held = false

  function run(): void {
    clearTimeout(timer)
    if (whileMs !== undefined && !held) timer = setTimeout(end, whileMs)
  }

  return {
    /** Without a time it has no end. */
    start(ms?: number): void {
      whileMs = ms
      run()
    },
    hold(isHeld: boolean): void {
      held = isHeld
      run()
    },
  }
}
