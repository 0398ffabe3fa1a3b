import { dollars } from '../../format/money.ts'
import { statusTexts as texts } from '../../texts/status.ts'
import { quantile, rate, total, type Sample } from './samples.ts'

export type Chart = {
  id: string
  title: string
  lines: readonly Line[]
  /** The least that the scale reaches to, so that noise looks like noise. */
  least: number
  /** A value as a person reads it. */
  show(value: number): string
}

/** A line's value at the later of two samples. Undefined: not known then. */
type Line = { label: string; read(before: Sample, after: Sample): number | undefined }

/** What the page draws, in this order. */
export const CHARTS: readonly Chart[] = [
  {
    id: 'entries',
    title: texts.entries,
    lines: [per(texts.stored, 'farhand_entries_total'), per(texts.delivered, 'farhand_deliveries_total')],
    least: 4,
    show: (value) => texts.perSecond(short(value)),
  },
  {
    id: 'latency',
    title: texts.latency,
    lines: [
      below('50 %', 'farhand_agent_to_publish_seconds', 0.5),
      below('99 %', 'farhand_agent_to_publish_seconds', 0.99),
    ],
    least: 0.01,
    show: milliseconds,
  },
  {
    id: 'commit',
    title: texts.commit,
    lines: [below('50 %', 'farhand_commit_seconds', 0.5), below('99 %', 'farhand_commit_seconds', 0.99)],
    least: 0.01,
    show: milliseconds,
  },
  {
    id: 'connections',
    title: texts.connections,
    lines: [
      now(texts.browsers, 'farhand_connections{kind=browser}'),
      now(texts.agents, 'farhand_connections{kind=agent}'),
    ],
    least: 4,
    show: short,
  },
  {
    id: 'commands',
    title: texts.commands,
    lines: [
      now(texts.waiting, 'farhand_commands_waiting'),
      now(texts.open, 'farhand_commands_open'),
      now(texts.unsent, 'farhand_agent_unsent'),
    ],
    least: 4,
    show: short,
  },
  {
    id: 'loop',
    title: texts.loop,
    lines: [now(texts.worst, 'farhand_event_loop_max_seconds'), now('99 %', 'farhand_event_loop_p99_seconds')],
    least: 0.01,
    show: milliseconds,
  },
]

export type Fact = { name: string; value: string }

const OUTCOME = /^farhand_runs_total\{outcome=(\w+)\}$/

/** What is better read than drawn. */
export function factsOf(sample: Sample): Fact[] {
  const fact = (name: string, series: string, show: (value: number) => string): Fact[] => {
    const value = total(sample, series)
    return value === undefined ? [] : [{ name, value: show(value) }]
  }
  const runs = [...sample.values].flatMap(([series, value]) => {
    const outcome = OUTCOME.exec(series)?.[1]
    return outcome === undefined ? [] : [{ name: texts.runs(outcome), value: String(value) }]
  })
  return [
    ...fact(texts.memory, 'farhand_memory_bytes', bytes),
    ...fact(texts.disk, 'farhand_store_bytes', bytes),
    ...fact(texts.entriesSoFar, 'farhand_entries_total', short),
    ...runs,
    ...fact(texts.cost, 'farhand_cost_usd_total', dollars),
    ...fact(texts.failures, 'farhand_commit_failures_total', String),
    ...fact(texts.refused, 'farhand_connections_refused_total', String),
    ...fact(texts.returns, 'farhand_agent_returns_total', String),
  ]
}

function per(label: string, name: string): Line {
  return { label, read: (before, after) => rate(before, after, name) }
}

function below(label: string, name: string, share: number): Line {
  return { label, read: (before, after) => quantile(before, after, name, share) }
}

function now(label: string, series: string): Line {
  return { label, read: (_before, after) => after.values.get(series) }
}

function milliseconds(seconds: number): string {
  const ms = seconds * 1_000
  return `${ms > 0 && ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

function short(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 }).format(value)
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

function bytes(value: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, value)) / 10)))
  const amount = value / 1024 ** power
  return `${amount < 10 && power > 0 ? amount.toFixed(1) : Math.round(amount)} ${UNITS[power] ?? ''}`
}
