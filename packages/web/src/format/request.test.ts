// @vitest-environment node
import { buildLog } from '@farhand/shared/testing'
import { emptyTimeline, foldEntries, type RequestItem } from '@farhand/shared'
import { expect, test } from 'vitest'
import { outcomeText, standInText } from './request.ts'

const AT = new Date(2030, 0, 1, 14, 0).getTime()
const ANN = { id: 'ann', name: 'Ann', device: 'Pixel 9' }
const MINUTE_MS = 60_000
const digest = 'd'.repeat(64)
const bash = { requestId: 'r', digest, type: 'permission', tool: 'Bash', input: { command: 'git push' } }
const rule = 'Bash(git push*)'

/** What became of a request after these entries. */
function after(...lines: Parameters<typeof buildLog>[0]): RequestItem {
  const log = buildLog([{ kind: 'request', response: bash }, ...lines])
  const { items } = foldEntries(
    emptyTimeline(),
    log.map((entry) => ({ ...entry, at: AT })),
  )
  const item = items.find((each) => each.type === 'request')
  if (item === undefined) throw new Error('it was asked')
  return item
}
const decision = (part: object = {}) => ({
  kind: 'decision',
  author: ANN,
  response: { requestId: 'r', digest, behavior: 'allow', ...part },
})
const resolved = (part: object) => ({
  kind: 'request_resolved',
  response: { requestId: 'r', behavior: 'allow', outcome: 'applied', ...part },
})

test('a decision says who, from where, how long ago, and whether it has been applied', () => {
  expect(outcomeText(after(), AT)).toBeUndefined()
  const decided = after(decision())
  expect(outcomeText(decided, AT + 3_400)).toBe('Allowed once by Ann, Pixel 9 · 3 s ago · not applied yet')
  const applied = after(decision(), resolved({ by: ANN }))
  expect(outcomeText(applied, AT + 200)).toBe('Allowed once by Ann, Pixel 9 · just now · applied')
  expect(outcomeText(applied, AT + MINUTE_MS)).toMatch(/^Allowed once by Ann, Pixel 9 · \d\d:00.* · applied$/)
})

test('what is allowed for longer says what and until when', () => {
  const until = AT + 20 * MINUTE_MS
  expect(outcomeText(after(decision({ rule, forMs: 30 * MINUTE_MS })), AT)).toContain(
    'Allowed ‘git push*’ for 30 min by Ann',
  )
  expect(outcomeText(after(decision({ rule, forMs: 1 }), resolved({ by: ANN, rule, until })), AT)).toMatch(
    /^Allowed ‘git push\*’ until \d\d:20.* by Ann, Pixel 9 · just now · applied$/,
  )
  expect(outcomeText(after(resolved({ by: ANN, rule, scope: 'session' })), AT)).toContain(
    'Allowed ‘git push*’ for this session by Ann',
  )
})

test('what nobody was asked about names the grant, or the rule and its line', () => {
  const standIn = { type: 'grant' as const, rule, until: AT + 20 * MINUTE_MS, by: ANN }
  expect(outcomeText(after(resolved({ standIn })), AT)).toMatch(
    /^Allowed by the grant ‘git push\*’ until \d\d:20.*, given by Ann · just now · applied$/,
  )
  const policy = { type: 'policy' as const, rule, source: '/home/dev/.farhand/farhand.policy:4' }
  expect(standInText({ behavior: 'allow', standIn: policy }, AT)).toBe('Allowed by the policy, line 4: git push*')
  expect(standInText({ behavior: 'deny', standIn: { ...policy, source: 'built in' } }, AT)).toBe(
    'Denied by a built-in rule of the machine: git push*',
  )
})

test('what had no effect says why', () => {
  const cancelled = resolved({ outcome: 'cancelled', message: 'Its rule has changed.' })
  expect(outcomeText(after(cancelled), AT)).toBe('Cancelled: Its rule has changed. · just now')
  const end = { kind: 'run_finished', status: 'complete' as const, response: { durationMs: 1 } }
  expect(outcomeText(after(end), AT)).toContain('Cancelled: the run ended before an answer · ')
  expect(outcomeText(after(decision(), end), AT)).toContain('before the answer by Ann, Pixel 9 was applied')
})
