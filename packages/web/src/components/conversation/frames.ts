/** Until what was drawn has its place, and the browser has looked again at what is in sight. */
export function twoFrames(): Promise<void> {
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))
}
