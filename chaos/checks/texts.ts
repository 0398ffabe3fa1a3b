import { createHash } from 'node:crypto'
import type { DumpedEntry } from '../dump.ts'
import { isTerminal, violation, type Evidence, type Violation } from './evidence.ts'

/**
 * I1, by what is said: a marked prompt makes the model stream numbered lines, each with a check sum of the mark and the
 * number, so the text that a run must have follows from its prompt alone.
 */
export const MARKED = /^lines (\d+) (\d+) ms for ([0-9a-f]{8})$/

export function expectedText(count: number, mark: string): string {
  return Array.from({ length: count }, (_, index) => `${markedLine(index + 1, mark)}\n`).join('')
}

export function checkTexts(evidence: Evidence): Violation[] {
  return [...logged(evidence), ...previews(evidence)]
}

/** A run that came to its end has the whole text; one that did not has the beginning of it. */
function logged(evidence: Evidence): Violation[] {
  const asked = new Set(evidence.of('asked').map(({ prompt }) => prompt))
  const commands = evidence.dump.entries.filter(
    ({ kind, body, commandId }) => kind === 'command' && MARKED.test(body) && !evidence.undone.has(commandId),
  )
  return commands.flatMap(({ commandId, body: prompt }) => {
    const [, count = '0', , mark = ''] = MARKED.exec(prompt) ?? []
    const expected = expectedText(Number(count), mark)
    const entries = evidence.entriesAbout(commandId)
    const text = assemble(entries)
    if (text !== '' && !asked.has(prompt)) {
      return [violation('I1', 'said-unasked', `${commandId} has a text although the model was never asked`)]
    }
    const terminal = entries.find(isTerminal)
    if (terminal?.status === 'complete' && text !== expected) {
      return [violation('I1', 'text-differs', `${commandId} is complete, ${firstDifference(text, expected)}`)]
    }
    if (!expected.startsWith(text)) {
      return [
        violation(
          'I1',
          'text-not-a-prefix',
          `${commandId} (${terminal?.code ?? 'open'}), ${firstDifference(text, expected)}`,
        ),
      ]
    }
    return []
  })
}

/** Per block the record where there is one, else its previews; blocks in the order of their beginning. */
function assemble(entries: readonly DumpedEntry[]): string {
  const blocks = Map.groupBy(
    entries.filter(({ kind }) => kind === 'text'),
    ({ key, seq }) => key ?? String(seq),
  )
  return [...blocks.values()]
    .map((block) => block.find(({ final }) => final === 1)?.body ?? block.map(({ body }) => body).join(''))
    .join('')
}

/** The previews that an observer saw of a block since it began, all of them, are together the beginning of its record. */
function previews(evidence: Evidence): Violation[] {
  const begunAt = new Map(evidence.of('reset').map(({ who, sessionId, t }) => [`${who} in ${sessionId}`, t]))
  const read = evidence.of('applied').filter((one) => one.t >= (begunAt.get(`${one.who} in ${one.sessionId}`) ?? 0))
  const byReader = Map.groupBy(read, ({ who, sessionId }) => `${who} in ${sessionId}`)
  return [...byReader].flatMap(([reader, records]) => {
    const applied = records.flatMap(({ entries }) => entries)
    const seqs = new Set(applied.map(({ seq }) => seq))
    const texts = applied.filter(
      ({ kind, key, commandId }) => kind === 'text' && key !== undefined && !evidence.undone.has(commandId),
    )
    return [...Map.groupBy(texts, ({ commandId, key }) => `${commandId} ${key ?? ''}`)].flatMap(([block, parts]) => {
      const record = parts.find(({ final }) => final === true)?.text
      const deltas = parts.filter(({ final }) => final !== true)
      const joined = deltas.map(({ text }) => text ?? '').join('')
      if (record === undefined || record.startsWith(joined) || !sawAll(seqs, deltas)) return []
      return [violation('I2', 'preview-differs', `${reader}, block ${block}: ${firstDifference(joined, record)}`)]
    })
  })
}

/** Whoever came later read a log whose previews had been dropped in part; only an unbroken row says something. */
function sawAll(seqs: ReadonlySet<number>, deltas: readonly { seq: number }[]): boolean {
  const first = deltas.at(0)?.seq ?? 0
  const last = deltas.at(-1)?.seq ?? 0
  for (let seq = first - 1; seq <= last; seq += 1) if (!seqs.has(seq)) return false
  return true
}

function markedLine(number: number, mark: string): string {
  const sum = createHash('sha1').update(`${mark}:${number}`).digest('hex').slice(0, 8)
  return `L${String(number).padStart(6, '0')} ${sum}`
}

function firstDifference(text: string, expected: string): string {
  const lines = text.split('\n')
  const wanted = expected.split('\n')
  const index = lines.findIndex((line, at) => line !== wanted[at])
  if (index < 0) return `its text ends after ${lines.length - 1} lines of ${wanted.length - 1}`
  return `line ${index + 1} is “${lines[index] ?? ''}” instead of “${wanted[index] ?? ''}”`
}
