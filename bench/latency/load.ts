/** The same load for every relay: sessions that each produce a small chunk at a fixed pace. */
export type Load = { sessions: number; chunksPerSecond: number; seconds: number }

/** About what Claude Code's deltas weigh. */
const TEXT = 'x'.repeat(80)

/** Wall-clock milliseconds with fractions, comparable between processes of one machine. */
export function stamp(): number {
  return performance.timeOrigin + performance.now()
}

export function chunk(): string {
  return `${stamp()} ${TEXT}`
}

/** How long a chunk was on its way. */
export function age(text: string): number {
  return stamp() - Number(text.slice(0, text.indexOf(' ')))
}

/** Calls `produce(session)` at the load's pace, the sessions evenly shifted against each other; resolves at the end. */
export async function play(load: Load, produce: (session: number) => void): Promise<void> {
  const periodMs = 1000 / load.chunksPerSecond
  const timers = Array.from({ length: load.sessions }, (_, session) => {
    let interval: NodeJS.Timeout | undefined
    const start = setTimeout(
      () => {
        interval = setInterval(() => produce(session), periodMs)
      },
      (session / load.sessions) * periodMs,
    )
    return () => {
      clearTimeout(start)
      clearInterval(interval)
    }
  })
  await new Promise((over) => setTimeout(over, load.seconds * 1000))
  for (const stop of timers) stop()
}

/** The load as it is handed to an agent's process. */
export function loadFromArgv(argv: readonly string[]): Load {
  const [sessions, chunksPerSecond, seconds] = argv.map(Number)
  if (!sessions || !chunksPerSecond || !seconds) throw new Error('usage: <sessions> <chunks per second> <seconds>')
  return { sessions, chunksPerSecond, seconds }
}
