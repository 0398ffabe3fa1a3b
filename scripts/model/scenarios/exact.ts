import { createHash } from 'node:crypto'
import { call, say } from '../reply.ts'
import { pathIn, type Scenario } from './scenario.ts'

/** For tests, and for whoever wants to see exactly what arrives. */

export const echo: Scenario = {
  name: 'echo',
  suggestion: { say: 'echo Good morning', shows: 'the same text back' },
  matches: /^echo ([\s\S]+)$/i,
  turns: [({ groups }) => say(groups[0] ?? '')],
}

const MAX_LINES = 1_000_000
const DEFAULT_LINE_MS = 20

export const lines: Scenario = {
  name: 'lines',
  suggestion: { say: 'lines 200 20 ms', shows: 'numbered lines with check sums at a fixed pace' },
  matches: /^lines (\d+)(?:\D+(\d+) ?ms)?\s*$/i,
  turns: [
    ({ groups }) => {
      const count = Math.min(Number(groups[0]), MAX_LINES)
      const text = Array.from({ length: count }, (_, index) => `${numberedLine(index + 1)}\n`).join('')
      return say(text, { by: 'line', ms: Number(groups[1] ?? DEFAULT_LINE_MS) })
    },
  ],
}

/** As `lines`, with check sums of the mark and the number: what belongs to one prompt can't pass for another's. */
export const markedLines: Scenario = {
  name: 'marked lines',
  matches: /^lines (\d+) (\d+) ms for ([0-9a-f]{8})$/,
  turns: [
    ({ groups }) => {
      const [count, ms, mark = ''] = groups
      const numbers = Array.from({ length: Math.min(Number(count), MAX_LINES) }, (_, index) => index + 1)
      return say(numbers.map((number) => `${numberedLine(number, mark)}\n`).join(''), { by: 'line', ms: Number(ms) })
    },
  ],
}

/** `L000001 356a192b`: the number, and the first 8 hex digits of the SHA-1 of its decimal digits, behind `mark:` where there is a mark. */
export function numberedLine(number: number, mark?: string): string {
  const sum = createHash('sha1')
    .update(mark === undefined ? String(number) : `${mark}:${number}`)
    .digest('hex')
    .slice(0, 8)
  return `L${String(number).padStart(6, '0')} ${sum}`
}

export const write: Scenario = {
  name: 'write',
  suggestion: { say: 'write notes.txt: remember the milk', shows: 'a new file, after your permission' },
  matches: /^write (\S*?[./]\S*?)(?::?\s+(?:with (?:the )?(?:content |text )?)?([\s\S]+))?$/i,
  turns: [
    (scene) =>
      call('Write', {
        file_path: pathIn(scene, scene.groups[0] ?? 'file.txt'),
        content: scene.groups[1] ?? 'Written by the scripted model.\n',
      }),
    ({ groups }) => say(`I wrote \`${groups[0]}\`.`),
  ],
}
