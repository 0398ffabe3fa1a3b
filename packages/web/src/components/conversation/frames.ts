/** The moment of the next frame. What was drawn since the last one has its place by then, and was looked at by the browser. */
export function nextFrame(): Promise<number> {
  return new Promise((done) => requestAnimationFrame(done))
}
