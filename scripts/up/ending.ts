const LOOK_EVERY_MS = 500

/** `stop` ends everything in order, `kill` at once: the second time that somebody asks. */
export type Ending = { stop: AbortSignal; kill: AbortSignal }

/** Ctrl-C and its like. Called first of all, so that nothing is left behind when it is ended while it starts. */
export function listenForTheEnd(): Ending {
  const stop = new AbortController()
  const kill = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => (stop.signal.aborted ? kill : stop).abort())
  }
  if (process.env.npm_lifecycle_event !== undefined) stopWithNpm(stop)
  return { stop: stop.signal, kill: kill.signal }
}

/** npm hands a SIGTERM to its shell, which dies of it and tells nobody; only our parent's number shows it. */
function stopWithNpm(stop: AbortController): void {
  const shell = process.ppid
  const watch = setInterval(() => process.ppid !== shell && stop.abort(), LOOK_EVERY_MS)
  watch.unref()
}
