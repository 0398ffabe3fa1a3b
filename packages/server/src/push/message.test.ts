import { pushMessageSchema } from '@farhand/shared'
import { expect, test } from 'vitest'
import { letterOf, TEST_LETTER } from './message.ts'

const session = { sessionId: '00000000-0000-4000-8000-0000000000c1', title: 'Fix it', head: 12 }
const news = { sessionId: session.sessionId, key: 'k', kind: 'need' as const, seq: 5, at: 1 }

test('letters of one session replace each other, and no id is in what its service sees', () => {
  const [need, over] = [letterOf(news, 'news', session, 'shop'), letterOf(news, 'over', session, 'shop')]
  expect(need.topic).toMatch(/^[\w-]{32}$/)
  expect(over.topic).toBe(need.topic)
  expect(need.topic).not.toBe(TEST_LETTER.topic)
  expect([need.urgency, over.urgency]).toEqual(['high', 'normal'])
  expect([need.message, over.message]).toMatchObject([
    { type: 'need', seq: 5 },
    { type: 'over', seq: 12 },
  ])
})

test('names that are long, torn or missing become a message all the same, and a small one', () => {
  for (const title of ['🙂'.repeat(500), 'x'.repeat(10_000), '\ud83d', undefined]) {
    const { message } = letterOf(
      news,
      'news',
      { sessionId: session.sessionId, head: 12, ...(title && { title }) },
      '🙂'.repeat(900),
    )
    expect(pushMessageSchema.parse(message)).toEqual(message)
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(2_000)
    expect(JSON.stringify(message)).not.toContain('\\ud83d')
  }
})
