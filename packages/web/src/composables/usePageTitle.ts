import { watchEffect } from 'vue'
import { useProjectStore } from '../stores/projectStore.ts'

/** `(2) Add coupon API — Farhand`: the figure says how many requests wait for a person, in all sessions. */
export function usePageTitle(title: () => string): void {
  const projects = useProjectStore()
  watchEffect(() => {
    document.title = pageTitle(projects.waitingCount, title())
  })
}

export function pageTitle(waiting: number, title: string): string {
  const count = waiting > 0 ? `(${waiting}) ` : ''
  return `${count}${title === '' ? 'Farhand' : `${title} — Farhand`}`
}
