import type { Answer, CodePiece, Question } from './messages.ts'

/** More than this is shown plainly: reading it would take longer than a person looks at it. */
export const MAX_CHARACTERS = 40_000
export const MAX_LINES = 400
const KEPT_ANSWERS = 200

type Waiting = (lines: CodePiece[][] | undefined) => void

let worker: Worker | undefined
let lastId = 0
const waiting = new Map<number, Waiting>()
const kept = new Map<string, Promise<CodePiece[][] | undefined>>()

/** Code in colours, line by line; what was read before comes at once. Undefined: it is shown plainly. */
export function highlight(code: string, language: string): Promise<CodePiece[][] | undefined> {
  if (code.length > MAX_CHARACTERS || code.split('\n').length > MAX_LINES || typeof Worker === 'undefined')
    return Promise.resolve(undefined)
  const key = `${language}\0${code}`
  const known = kept.get(key)
  if (known !== undefined) return known
  const answer = ask(code, language)
  const oldest = kept.keys().next()
  if (kept.size >= KEPT_ANSWERS && oldest.done !== true) kept.delete(oldest.value)
  kept.set(key, answer)
  return answer
}

function ask(code: string, language: string): Promise<CodePiece[][] | undefined> {
  return new Promise((answer) => {
    worker ??= startWorker()
    lastId += 1
    waiting.set(lastId, answer)
    worker.postMessage({ id: lastId, code, language } satisfies Question)
  })
}

function startWorker(): Worker {
  const started = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'highlight' })
  started.onmessage = ({ data }: MessageEvent<Answer>) => {
    waiting.get(data.id)?.(data.lines)
    waiting.delete(data.id)
  }
  // Where it can't be loaded, everything that waits is shown plainly.
  started.onerror = () => {
    for (const answer of waiting.values()) answer(undefined)
    waiting.clear()
  }
  return started
}
