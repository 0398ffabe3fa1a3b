import { loadavg } from 'node:os'

/** One measured number, beside what it should be. */
export type Figure = {
  name: string
  value: number
  unit: string
  goal?: { atMost: number } | { atLeast: number }
}

/** What one measurement found. `note` says how it was measured, where that is not in the name. */
export type Finding = { title: string; figures: Figure[]; note?: string }

export type Verdict = 'met' | 'missed' | 'no goal'

export function judge({ value, goal }: Figure): Verdict {
  if (goal === undefined) return 'no goal'
  const met = 'atMost' in goal ? value <= goal.atMost : value >= goal.atLeast
  return met ? 'met' : 'missed'
}

/** A table for people: each figure with its goal. */
export function table({ title, figures, note }: Finding): string {
  const rows = figures.map((figure) => [
    figure.name,
    withUnit(figure.value, figure.unit),
    goalOf(figure),
    judge(figure),
  ])
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  )
  return [note === undefined ? title : `${title} — ${note}`, ...lines].join('\n')
}

/** For programs: the same, with what the machine was doing beside it. */
export function toJson(findings: readonly Finding[]): string {
  const judged = findings.map(({ figures, ...rest }) => ({
    ...rest,
    figures: figures.map((figure) => ({ ...figure, verdict: judge(figure) })),
  }))
  return JSON.stringify({ at: new Date().toISOString(), loadAverage: loadavg(), findings: judged }, null, 2)
}

function goalOf({ goal, unit }: Figure): string {
  if (goal === undefined) return ''
  return 'atMost' in goal ? `at most ${withUnit(goal.atMost, unit)}` : `at least ${withUnit(goal.atLeast, unit)}`
}

function withUnit(value: number, unit: string): string {
  const digits = Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0
  const number = Number.isFinite(value) ? value.toFixed(digits) : '?'
  return unit === '' ? number : `${number} ${unit}`
}
