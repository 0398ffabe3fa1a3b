import type { Task } from '@farhand/shared'
import { taskTexts } from '../../texts/requests.ts'

/** `3 of 7 · Wiring the discount`. Empty: there are no tasks. Pure. */
export function taskProgress(tasks: readonly Task[]): string {
  if (tasks.length === 0) return ''
  const done = tasks.filter((task) => task.status === 'completed').length
  if (done === tasks.length) return taskTexts.allDone(done)
  const current = tasks.find((task) => task.status === 'in_progress')
  const doing = current === undefined ? '' : ` · ${current.activeForm ?? current.subject}`
  return taskTexts.progress(done, tasks.length) + doing
}
