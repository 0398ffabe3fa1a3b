const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** How long ago, in the width of a list: `now`, `5m`, `3h`, `2d`, `4w`. */
export function ago(at: number, now: number): string {
  const passed = Math.max(0, now - at)
  if (passed < MINUTE_MS) return 'now'
  if (passed < HOUR_MS) return `${Math.floor(passed / MINUTE_MS)}m`
  if (passed < DAY_MS) return `${Math.floor(passed / HOUR_MS)}h`
  if (passed < 14 * DAY_MS) return `${Math.floor(passed / DAY_MS)}d`
  return `${Math.floor(passed / (7 * DAY_MS))}w`
}

/** A running clock: `0:07`, `12:40`, `1:02:03`. */
export function clockTime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND_MS))
  const rest = `${String(Math.floor(seconds / 60) % 60).padStart(seconds >= 3600 ? 2 : 1, '0')}:${String(seconds % 60).padStart(2, '0')}`
  return seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${rest}` : rest
}

/** A finished duration: `0.2 s`, `42 s`, `3 min 5 s`, `1 h 2 min`. */
export function duration(ms: number): string {
  const tenths = (Math.max(0, ms) / SECOND_MS).toFixed(1)
  if (Number(tenths) < 10) return `${tenths} s`
  const seconds = Math.round(ms / SECOND_MS)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** A limit that somebody has set: `30 min`, `1 h 30 min`. */
export function wholeDuration(ms: number): string {
  return duration(ms).replace(/ 0 (?:s|min)$/, '')
}

// To make one takes longer than all that it will ever write, and every line of a conversation has its time.
let toMinutes: Intl.DateTimeFormat | undefined

/** The time of day, as people here write it. */
export function timeOfDay(at: number): string {
  return (toMinutes ??= new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit' })).format(at)
}

/** To the second, for a log: `10:42:38`. */
export function preciseTime(at: number): string {
  const date = new Date(at)
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':')
}

/** With the day where it is not today. */
export function dayAndTime(at: number, now: number): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString()
  return sameDay
    ? timeOfDay(at)
    : `${new Date(at).toLocaleDateString([], { day: 'numeric', month: 'short' })} ${timeOfDay(at)}`
}

/** `Yesterday`, `Monday`, `18 Aug`, `18 Aug 2024`. Undefined: it is today. */
export function dayName(at: number, now: number): string | undefined {
  const [date, today] = [new Date(at), new Date(now)]
  if (date.toDateString() === today.toDateString()) return undefined
  const days = Math.round((startOfDay(today) - startOfDay(date)) / DAY_MS)
  if (days === 1) return 'Yesterday'
  if (days > 1 && days < 7) return date.toLocaleDateString('en', { weekday: 'long' })
  const year = date.getFullYear() === today.getFullYear() ? {} : { year: 'numeric' as const }
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', ...year })
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}
