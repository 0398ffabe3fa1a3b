import type { Subscribe } from '../types/messages.ts'

/**
 * How much of a session a reader takes, chosen by itself and changed whenever it likes (SUB6, SUB9): each entry as it
 * comes; the same entries, but fewer and larger messages; the records alone, without the deltas that they replace.
 */
export type Quality = 'every' | 'gathered' | 'records'

/** How a subscription says it; what is left out is the default. */
export type QualityFields = { detail?: NonNullable<Subscribe['detail']>; pace?: NonNullable<Subscribe['pace']> }

export function askedFor(quality: Quality): QualityFields {
  switch (quality) {
    case 'every':
      return {}
    case 'gathered':
      return { pace: 'gathered' }
    case 'records':
      return { detail: 'final' }
    default:
      return quality satisfies never
  }
}

export function qualityOf({ detail, pace }: Pick<Subscribe, 'detail' | 'pace'>): Quality {
  if (detail === 'final') return 'records'
  return pace ?? 'every'
}

export function detailOf(quality: Quality): NonNullable<Subscribe['detail']> {
  return quality === 'records' ? 'final' : 'full'
}
