/** A message that was brought back into the box: which one, newest first, and as what it was sent. */
export type Recalled = { index: number; text: string }

export type RecallKey = { key: string; text: string; caret: number; recalled: Recalled | undefined }
/** What the box shows then. */
export type RecallStep = { text: string; recalled: Recalled | undefined }

/**
 * What a key does with the messages that were sent: ↑ in an empty box brings the newest, then the one before it; ↓ goes
 * back, Esc leaves. Whoever has changed what came is writing a message of their own, and the keys are the field's again.
 * Undefined: nothing. Pure.
 */
export function recallStep({ key, text, caret, recalled }: RecallKey, sent: readonly string[]): RecallStep | undefined {
  const here = recalled?.text === text ? recalled : undefined
  if (here === undefined && text !== '') return undefined
  if (key === 'Escape') return here === undefined ? undefined : EMPTY
  if (key === 'ArrowUp' && !text.slice(0, caret).includes('\n')) return at((here?.index ?? -1) + 1, sent)
  if (key !== 'ArrowDown' || here === undefined || text.slice(caret).includes('\n')) return undefined
  return here.index === 0 ? EMPTY : at(here.index - 1, sent)
}

const EMPTY: RecallStep = { text: '', recalled: undefined }

function at(index: number, sent: readonly string[]): RecallStep | undefined {
  const text = sent[index]
  return text === undefined ? undefined : { text, recalled: { index, text } }
}

/** Newest first; what was sent several times in a row counts once. Pure. */
export function sentTexts(oldestFirst: readonly string[]): string[] {
  return oldestFirst.filter((text, index) => text.trim() !== '' && text !== oldestFirst[index + 1]).reverse()
}
