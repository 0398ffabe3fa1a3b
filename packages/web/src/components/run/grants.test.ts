// @vitest-environment node
import { emptyTimeline, foldEntries, type Entry, type Timeline } from '@farhand/shared'
import { expect, test } from 'vitest'
import { runningGrants } from './grants.ts'

const ID = '00000000-0000-4000-8000-000000000001'

function told(...bodies: { kind: string; body: object }[]): Timeline {
  return foldEntries(
    emptyTimeline(),
    bodies.map(({ kind, body }, index): Entry => {
      const place = { sessionId: ID, commandId: ID, seq: index + 1, prev: index, at: index }
      const author = { id: 'o', name: 'Ann', device: 'Pixel 9' }
      return { type: 'command_result', ...place, kind, response: JSON.stringify(body), status: 'streaming', author }
    }),
  )
}
const grant = (more: object) => ({ kind: 'notice', body: { level: 'info', type: 'grant', message: 'm', ...more } })
const begun = (grantId: string, until: number) => grant({ state: 'begun', grantId, rule: `Bash(${grantId}*)`, until })
const asked = (requestId: string) => ({
  kind: 'request',
  body: { requestId, digest: 'd', type: 'permission', tool: 'Bash', input: {} },
})
const decided = (requestId: string) => ({
  kind: 'decision',
  body: { requestId, digest: 'd', behavior: 'allow', rule: 'x', forMs: 5 },
})

test('what was allowed for a while is listed with who allowed it, until its time is over', () => {
  const timeline = told(asked('r1'), decided('r1'), begun('r1', 1_000), begun('r2', 2_000))
  expect(runningGrants(timeline, 500)).toEqual([
    { grantId: 'r2', rule: 'Bash(r2*)', until: 2_000, by: '' },
    { grantId: 'r1', rule: 'Bash(r1*)', until: 1_000, by: 'Pixel 9' },
  ])
  expect(runningGrants(timeline, 1_000).map(({ grantId }) => grantId)).toEqual(['r2'])
})

test('what was taken back is not listed, and what never was granted neither', () => {
  const taken = told(begun('r1', 1_000), grant({ state: 'ended', grantId: 'r1', rule: 'x' }), grant({}))
  expect(runningGrants(taken, 0)).toEqual([])
})
