import type { ToolItem } from '@farhand/shared'
import { z } from 'zod'

/** A stretch of a line; `changed` where its counterpart says something else. */
export type DiffPiece = { text: string; changed: boolean }
/** One line of a unified diff. Numbers are those of the old and the new file, where they are known. */
export type DiffLine = {
  type: 'same' | 'added' | 'removed' | 'gap'
  text: string
  old?: number
  new?: number
  /** Of a changed line that has a counterpart. */
  pieces?: DiffPiece[]
  /** Of a gap: how many lines it leaves out, where that is known. */
  hidden?: number
}
export type Diff = { lines: DiffLine[]; added: number; removed: number }

const hunkSchema = z.looseObject({ oldStart: z.number(), newStart: z.number(), lines: z.array(z.string()) })
const patchedSchema = z.looseObject({ structuredPatch: z.array(hunkSchema).min(1) })
const editSchema = z.looseObject({ old_string: z.string(), new_string: z.string() })
const multiEditSchema = z.looseObject({ edits: z.array(editSchema) })
const writeSchema = z.looseObject({ content: z.string() })
const cellSchema = z.looseObject({ new_source: z.string(), old_source: z.string().optional() })

/** Of what an editing tool did or is about to do. Undefined: it is no edit. */
export function toolDiff(item: ToolItem): Diff | undefined {
  return diffOf(item.input, item.result?.structured)
}

/**
 * The change that an editing tool made or wants to make: from its result's patch where there is one, else from its
 * input. Undefined: this input is no edit.
 */
export function diffOf(input: Record<string, unknown>, structured?: unknown): Diff | undefined {
  const patched = patchedSchema.safeParse(structured)
  if (patched.success) return finish(hunksLines(patched.data.structuredPatch))
  const cell = cellSchema.safeParse(structured).data ?? cellSchema.safeParse(input).data
  if (cell !== undefined) return finish(compareLines(cell.old_source ?? '', cell.new_source))
  const edits =
    multiEditSchema.safeParse(input).data?.edits ??
    [editSchema.safeParse(input).data].filter((edit) => edit !== undefined)
  if (edits.length > 0) {
    return finish(
      edits.flatMap((edit, index) => [
        ...(index === 0 ? [] : [{ type: 'gap' as const, text: '' }]),
        ...compareLines(edit.old_string, edit.new_string),
      ]),
    )
  }
  const written = writeSchema.safeParse(input)
  if (!written.success) return undefined
  return finish(splitLines(written.data.content).map((text, index) => ({ type: 'added', text, new: index + 1 })))
}

function hunksLines(hunks: readonly z.infer<typeof hunkSchema>[]): DiffLine[] {
  const lines: DiffLine[] = []
  let reached = 0
  for (const hunk of hunks) {
    if (lines.length > 0) lines.push({ type: 'gap', text: '', hidden: Math.max(0, hunk.oldStart - reached) })
    let { oldStart: oldNumber, newStart: newNumber } = hunk
    for (const line of hunk.lines) {
      const text = line.slice(1)
      if (line.startsWith('+')) lines.push({ type: 'added', text, new: newNumber++ })
      else if (line.startsWith('-')) lines.push({ type: 'removed', text, old: oldNumber++ })
      else if (!line.startsWith('\\')) lines.push({ type: 'same', text, old: oldNumber++, new: newNumber++ })
    }
    reached = oldNumber
  }
  return lines
}

// --- Comparing ------------------------------------------------------------------------------------------------------

/** Beyond this many pairs of lines an exact comparison takes too long: then the middle is replaced as a whole. */
const MAX_PAIRS = 250_000

/** Two texts without their place in a file: the fewest lines removed and added. */
function compareLines(before: string, after: string): DiffLine[] {
  const old = splitLines(before)
  const fresh = splitLines(after)
  const head = commonLength(old, fresh)
  const rest = Math.min(old.length, fresh.length) - head
  const tail = Math.min(rest, commonLength(old.toReversed(), fresh.toReversed()))
  const same = (text: string): DiffLine => ({ type: 'same', text })
  return [
    ...old.slice(0, head).map(same),
    ...compareMiddle(old.slice(head, old.length - tail), fresh.slice(head, fresh.length - tail)),
    ...old.slice(old.length - tail).map(same),
  ]
}

function compareMiddle(old: readonly string[], fresh: readonly string[]): DiffLine[] {
  const removed = (text: string): DiffLine => ({ type: 'removed', text })
  const added = (text: string): DiffLine => ({ type: 'added', text })
  if (old.length * fresh.length > MAX_PAIRS) return [...old.map(removed), ...fresh.map(added)]
  const common = longestCommon(old, fresh)
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0
  const lines: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < old.length || j < fresh.length) {
    const [oldLine, newLine] = [old[i], fresh[j]]
    if (oldLine !== undefined && oldLine === newLine) {
      lines.push({ type: 'same', text: oldLine })
      i += 1
      j += 1
    } else if (newLine === undefined || (oldLine !== undefined && at(i + 1, j) >= at(i, j + 1))) {
      if (oldLine !== undefined) lines.push(removed(oldLine))
      i += 1
    } else {
      lines.push(added(newLine))
      j += 1
    }
  }
  return lines
}

/** How many lines `old` from i on and `fresh` from j on have in common, in order. */
function longestCommon(old: readonly string[], fresh: readonly string[]): Uint32Array[] {
  const table = Array.from({ length: old.length + 1 }, () => new Uint32Array(fresh.length + 1))
  for (let i = old.length - 1; i >= 0; i -= 1) {
    const row = table[i]
    const below = table[i + 1]
    if (row === undefined || below === undefined) continue
    for (let j = fresh.length - 1; j >= 0; j -= 1)
      row[j] = old[i] === fresh[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
  }
  return table
}

function commonLength(a: readonly string[], b: readonly string[]): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1
  return length
}

// --- Words ----------------------------------------------------------------------------------------------------------

/** In longer lines marks of words are more noise than help. */
const MAX_MARKED_CHARACTERS = 400

/** Marks what differs within lines that replace each other one to one. */
function markWords(lines: readonly DiffLine[]): DiffLine[] {
  const marked = [...lines]
  for (let start = 0; start < marked.length; start += 1) {
    if (marked[start]?.type !== 'removed' || marked[start - 1]?.type === 'removed') continue
    const removed = countFrom(marked, start, 'removed')
    const added = countFrom(marked, start + removed, 'added')
    if (removed !== added) continue
    for (let index = start; index < start + removed; index += 1) markPair(marked, index, index + removed)
  }
  return marked
}

function markPair(lines: DiffLine[], oldIndex: number, newIndex: number): void {
  const [old, fresh] = [lines[oldIndex], lines[newIndex]]
  if (old === undefined || fresh === undefined) return
  if (Math.max(old.text.length, fresh.text.length) > MAX_MARKED_CHARACTERS) return
  const [oldWords, newWords] = [words(old.text), words(fresh.text)]
  const head = commonLength(oldWords, newWords)
  const shorter = Math.min(oldWords.length, newWords.length)
  const tail = Math.min(shorter - head, commonLength(oldWords.toReversed(), newWords.toReversed()))
  // Lines that share nothing but blanks are another line altogether.
  if (`${oldWords.slice(0, head).join('')}${oldWords.slice(oldWords.length - tail).join('')}`.trim() === '') return
  lines[oldIndex] = { ...old, pieces: pieces(oldWords, head, tail) }
  lines[newIndex] = { ...fresh, pieces: pieces(newWords, head, tail) }
}

function pieces(all: readonly string[], head: number, tail: number): DiffPiece[] {
  return [
    { text: all.slice(0, head).join(''), changed: false },
    { text: all.slice(head, all.length - tail).join(''), changed: true },
    { text: all.slice(all.length - tail).join(''), changed: false },
  ].filter((piece) => piece.text !== '')
}

function words(text: string): string[] {
  return text.match(/\w+|\s+|[^\w\s]/g) ?? []
}

function countFrom(lines: readonly DiffLine[], start: number, type: DiffLine['type']): number {
  let count = 0
  while (lines[start + count]?.type === type) count += 1
  return count
}

// --- Lines ----------------------------------------------------------------------------------------------------------

function splitLines(text: string): string[] {
  if (text === '') return []
  return text.replace(/\n$/, '').split('\n')
}

function finish(lines: DiffLine[]): Diff {
  const of = (type: DiffLine['type']): number => lines.filter((line) => line.type === type).length
  return { lines: markWords(lines), added: of('added'), removed: of('removed') }
}
