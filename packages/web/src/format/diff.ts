import { z } from 'zod'

/** One line of a unified diff. Numbers are those of the old and the new file, where they are known. */
export type DiffLine = { type: 'same' | 'added' | 'removed' | 'gap'; text: string; number?: number }
export type Diff = { lines: DiffLine[]; added: number; removed: number }

const hunkSchema = z.looseObject({ oldStart: z.number(), newStart: z.number(), lines: z.array(z.string()) })
const patchedSchema = z.looseObject({ structuredPatch: z.array(hunkSchema).min(1) })
const editSchema = z.looseObject({ old_string: z.string(), new_string: z.string() })
const multiEditSchema = z.looseObject({ edits: z.array(editSchema) })
const writeSchema = z.looseObject({ content: z.string() })

/**
 * The change that an editing tool made or wants to make: from its result's patch where there is one, else from its
 * input. Undefined: this input is no edit.
 */
export function diffOf(input: Record<string, unknown>, structured?: unknown): Diff | undefined {
  const patched = patchedSchema.safeParse(structured)
  if (patched.success) return count(patched.data.structuredPatch.flatMap(hunkLines))
  const edits =
    multiEditSchema.safeParse(input).data?.edits ??
    [editSchema.safeParse(input).data].filter((edit) => edit !== undefined)
  if (edits.length > 0) {
    return count(
      edits.flatMap((edit, index) => [
        ...(index === 0 ? [] : [{ type: 'gap' as const, text: '' }]),
        ...compare(edit.old_string, edit.new_string),
      ]),
    )
  }
  const written = writeSchema.safeParse(input)
  if (!written.success) return undefined
  return count(splitLines(written.data.content).map((text, index) => ({ type: 'added', text, number: index + 1 })))
}

function hunkLines(hunk: z.infer<typeof hunkSchema>, index: number): DiffLine[] {
  let { oldStart: oldNumber, newStart: newNumber } = hunk
  const lines: DiffLine[] = index === 0 ? [] : [{ type: 'gap', text: '' }]
  for (const line of hunk.lines) {
    const text = line.slice(1)
    if (line.startsWith('+')) lines.push({ type: 'added', text, number: newNumber++ })
    else if (line.startsWith('-')) lines.push({ type: 'removed', text, number: oldNumber++ })
    else if (!line.startsWith('\\')) {
      lines.push({ type: 'same', text, number: newNumber++ })
      oldNumber += 1
    }
  }
  return lines
}

/** Two texts without their place in a file: what both begin and end with stays, the middle is replaced. */
function compare(before: string, after: string): DiffLine[] {
  const old = splitLines(before)
  const fresh = splitLines(after)
  let head = 0
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head += 1
  let tail = 0
  while (tail < old.length - head && tail < fresh.length - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail += 1
  const same = (text: string): DiffLine => ({ type: 'same', text })
  return [
    ...old.slice(0, head).map(same),
    ...old.slice(head, old.length - tail).map((text): DiffLine => ({ type: 'removed', text })),
    ...fresh.slice(head, fresh.length - tail).map((text): DiffLine => ({ type: 'added', text })),
    ...old.slice(old.length - tail).map(same),
  ]
}

function splitLines(text: string): string[] {
  if (text === '') return []
  return text.replace(/\n$/, '').split('\n')
}

function count(lines: DiffLine[]): Diff {
  const of = (type: DiffLine['type']): number => lines.filter((line) => line.type === type).length
  return { lines, added: of('added'), removed: of('removed') }
}
