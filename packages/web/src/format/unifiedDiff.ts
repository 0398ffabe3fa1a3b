import { diffOf, type Diff } from './diff.ts'

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/

/** A unified diff as git prints it, of one file. Without lines where git shows none: of what is binary, or only renamed. Pure. */
export function parseUnifiedDiff(text: string): Diff {
  const hunks: { oldStart: number; newStart: number; lines: string[] }[] = []
  let open = false
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const head = HUNK.exec(line)
    if (head !== null) {
      hunks.push({ oldStart: Number(head[1]), newStart: Number(head[2]), lines: [] })
      open = true
    } else if (open && /^[-+ \\]/.test(line)) hunks.at(-1)?.lines.push(line)
    else open = false // the head of another file
  }
  return diffOf({}, { structuredPatch: hunks }) ?? { lines: [], added: 0, removed: 0 }
}
