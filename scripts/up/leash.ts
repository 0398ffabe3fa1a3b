/**
 * Preloaded into each part. The channel to the parent closes when the parent is gone, even by `kill -9`; the part then
 * ends in order, as after Ctrl-C, and takes its process group along. (`node --watch` itself runs no preloads, so in dev
 * only `kill -9` leaves something behind.)
 */
const END_TIMEOUT_MS = 12_000

process.channel?.unref()
process.once('disconnect', () => {
  process.once('exit', killGroup)
  setTimeout(killGroup, END_TIMEOUT_MS).unref()
  process.kill(process.pid, 'SIGTERM')
})

function killGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    // It leads no group (Windows), so there is none to take along.
  }
}
