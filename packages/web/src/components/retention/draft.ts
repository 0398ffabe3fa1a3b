import { MIN_RETENTION_BYTES, retentionRuleSchema, type RetentionRule, type RetentionState } from '@farhand/shared'
import { humanBytes } from '../../format/text.ts'
import { retentionTexts as texts } from '../../texts/retention.ts'

/** A rule while it is typed. */
export type Choice = 'default' | 'keep' | 'delete'
export type Draft = { choice: Choice; byAge: boolean; days: string; bySize: boolean; gigabytes: string }

const GIGABYTE = 1_000_000_000
/** What a person finds there who has set nothing yet. */
const FIRST_DAYS = 180
const FIRST_GIGABYTES = 5

/** @param general whether it is the rule of all projects, which has nothing above it */
export function draftOf({ rule }: Pick<RetentionState, 'rule'>, general: boolean): Draft {
  const { maxAgeDays, maxBytes } = rule ?? {}
  const deletes = maxAgeDays !== undefined || maxBytes !== undefined
  return {
    choice: deletes ? 'delete' : rule === null && !general ? 'default' : 'keep',
    byAge: maxAgeDays !== undefined || !deletes,
    days: String(maxAgeDays ?? FIRST_DAYS),
    bySize: maxBytes !== undefined,
    gigabytes: String(maxBytes === undefined ? FIRST_GIGABYTES : maxBytes / GIGABYTE),
  }
}

/** The rule, or in words what is wrong with it. */
export function ruleOf(draft: Draft, general: boolean): { rule: RetentionRule | null } | { wrong: string } {
  switch (draft.choice) {
    case 'default':
      return { rule: null }
    case 'keep':
      return { rule: general ? null : {} }
    case 'delete':
      return limitsOf(draft)
    default:
      return draft.choice satisfies never
  }
}

function limitsOf({ byAge, days, bySize, gigabytes }: Draft): { rule: RetentionRule } | { wrong: string } {
  if (!byAge && !bySize) return { wrong: texts.wrongNone }
  const maxAgeDays = Number(days)
  const maxBytes = Math.round(Number(gigabytes.replace(',', '.')) * GIGABYTE)
  if (byAge && !retentionRuleSchema.safeParse({ maxAgeDays }).success) return { wrong: texts.wrongDays }
  if (bySize && !(maxBytes >= MIN_RETENTION_BYTES && Number.isSafeInteger(maxBytes))) return { wrong: texts.wrongSize }
  return { rule: { ...(byAge && { maxAgeDays }), ...(bySize && { maxBytes }) } }
}

/** `after 30 days and from 5.0 GB on`. */
export function tellRule(rule: RetentionRule | null): string {
  const { maxAgeDays, maxBytes } = rule ?? {}
  const parts = [
    ...(maxAgeDays === undefined ? [] : [texts.ofAge(maxAgeDays)]),
    ...(maxBytes === undefined ? [] : [texts.ofSize(size(maxBytes))]),
  ]
  return parts.length === 0 ? texts.kept : parts.join(texts.and)
}

export function size(bytes: number): string {
  return bytes < GIGABYTE ? humanBytes(bytes) : `${(bytes / GIGABYTE).toFixed(1)} GB`
}
