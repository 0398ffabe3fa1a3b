/** Where the view moves in each frame, nothing waits for longer than this: some seconds, as what streams leaves pauses. */
const MOST_FRAMES = 120

/** The moment of the next frame. What was drawn since the last one has its place by then, and was looked at by the browser. */
export function nextFrame(): Promise<number> {
  return new Promise((done) => requestAnimationFrame(done))
}

/** The next frame in which the view has not moved so far. `moves` counts how often it has. */
export async function quietFrame(moves: () => number): Promise<void> {
  for (let frame = 0, before = moves(); frame < MOST_FRAMES; frame += 1) {
    await nextFrame()
    if (moves() === before) return
    before = moves()
  }
}
