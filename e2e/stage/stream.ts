import type { PlayedSession } from './stage.ts'
import { writeRun, type Scene } from './scene.ts'

type Run = ReturnType<typeof writeRun>

const SENTENCES = [
  'The order total is computed in one place, so the discount belongs there too. ',
  'It runs **before** tax and after line discounts, as `total.ts` says. ',
  'A coupon has a window and a usage limit:\n\n- it may be used once per order\n- it never makes a total negative\n\n',
  '```ts\nexport function discount(coupon: Coupon, sub: Money): Money {\n  return Math.min(coupon.value, sub)\n}\n```\n\n',
]

/** A session in which Claude has said a few screens and goes on. */
export function talk(now: number, paragraphs = 40): { scene: Scene; run: Run } {
  const run = writeRun('Explain how totals are computed', now).start()
  for (let index = 0; index < paragraphs; index += 1) run.say(`Paragraph ${index}. ${SENTENCES[index % 2]?.repeat(4)}`)
  return { scene: { title: 'A talk', commands: [run.command], lines: [...run.lines] }, run }
}

export type Pace = { bytesPerSecond: number; seconds: number; everyMs?: number }

/** Writes text into a run as Claude does, piece by piece; the same key goes on with the same answer. */
export async function stream(
  played: PlayedSession,
  run: Run,
  { key = 'stream', ...pace }: Pace & { key?: string },
): Promise<void> {
  await sayPaced(pace, (body) => played.write([{ commandId: run.command.id, kind: 'text', body, key, at: Date.now() }]))
}

/** Says an answer piece by piece, each when its time has come and the one before is said. */
export async function sayPaced(
  { bytesPerSecond, seconds, everyMs = 50 }: Pace,
  say: (piece: string) => Promise<unknown>,
): Promise<void> {
  const size = Math.max(1, Math.round((bytesPerSecond * everyMs) / 1000))
  const whole = SENTENCES.join('').repeat(Math.ceil((bytesPerSecond * seconds) / SENTENCES.join('').length) + 1)
  const began = Date.now()
  for (let piece = 0; piece * everyMs < seconds * 1000; piece += 1) {
    await say(whole.slice(piece * size, (piece + 1) * size))
    const wait = began + (piece + 1) * everyMs - Date.now()
    if (wait > 0) await new Promise((done) => setTimeout(done, wait))
  }
}
