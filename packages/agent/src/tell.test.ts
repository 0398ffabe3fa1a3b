import { expect, test } from 'vitest'
import { tell } from './tell.ts'

test('what others say is a line on the terminal, and tells it nothing', () => {
  const lines: string[] = []
  const say = tell((line) => lines.push(line))
  say.disconnected('closed\u001b[2J\u001b]0;title\u0007\r\nConnected to nowhere\u009b31m')
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toMatch(/\p{Cc}/u)
  expect(lines[0]).toContain('closed')
})
