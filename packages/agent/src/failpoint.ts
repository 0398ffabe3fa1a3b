/**
 * For tests of crashes: `FARHAND_FAILPOINT=name:kill@k` ends this process with SIGKILL when it passes the point of that
 * name for the k-th time. Read once, at the start; unset, every point is nothing.
 */
export const failpoint: (name: string) => void = armed(process.env['FARHAND_FAILPOINT'])

function armed(setting: string | undefined): (name: string) => void {
  const [, point, count] = /^([\w.]+):kill@(\d+)$/.exec(setting ?? '') ?? []
  if (point === undefined) return () => {}
  let left = Number(count)
  return (name) => {
    if (name !== point) return
    left -= 1
    if (left === 0) process.kill(process.pid, 'SIGKILL')
  }
}
