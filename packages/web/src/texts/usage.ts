import { plural } from '../format/text.ts'

/** What the runs of a project have used. */
export const usageTexts = {
  open: 'Usage and cost…',
  action: 'Usage and cost of the project',
  title: (project: string) => `Usage · ${project}`,
  about: (machine: string) =>
    `As ${machine || 'the machine'} has counted it, by its own calendar. The cost is Claude Code’s own estimate.`,
  asking: 'Asking the machine…',
  none: 'No run of this project has ended yet.',
  byDay: 'By day',
  bySession: 'By session',
  columns: { day: 'Day', runs: 'Runs', read: 'In', written: 'Out', cached: 'Cache', cost: 'Cost' },
  today: 'Today',
  total: (days: number) => `All ${plural(days, 'day')}`,
  unknown: '—',
  unknownSaid: 'not known',
  here: 'This session',
  gone: 'A session that is not here any more',
  runs: (count: number) => plural(count, 'run'),
  tokens: (read: string, written: string, cached: string) => `${read} in · ${written} out · ${cached} cache`,
  turns: (count: number) => plural(count, 'turn'),
  working: (time: string) => `${time} at work`,
  showAll: (count: number) => `Show all ${count}`,
  limitDay: (spent: string, limit: string) => `${spent} of the ${limit} that this project may use in a day.`,
  limitSession: (limits: string) => `Each session may use ${limits} before somebody is asked.`,
  notes: {
    tokens: 'In and Out are tokens; Cache is what was read from and written to the prompt cache.',
    days: 'The days keep what sessions used that were deleted since.',
    uncounted: '— began before runs and tokens were counted here.',
    untold: (count: number) =>
      `${plural(count, 'run')} ended before Claude Code told what was used: it is in none of the sums.`,
    truncated: (count: number) => `Only the ${count} sessions that cost most are listed.`,
  },
} as const
