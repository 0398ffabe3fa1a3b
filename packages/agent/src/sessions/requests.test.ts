import { expect, test } from 'vitest'
import { createRequests } from './requests.ts'

const CALL = {
  toolUseId: 'toolu_1',
  tool: 'Bash',
  type: 'permission',
  digest: 'd'.repeat(64),
  transcript: '/transcript.jsonl',
} as const

test('[REQ4] a held request that is over is forgotten, so that the next start does not end it once more', () => {
  const said: string[] = []
  const forgotten: string[] = []
  const requests = createRequests({
    opened: () => {},
    resolved: (requestId) => forgotten.push(requestId),
    said: ({ kind }) => said.push(kind),
  })
  requests.hold('request', CALL)
  requests.cancelAll()
  expect(said).toEqual(['request_resolved'])
  expect(forgotten).toEqual(['request'])
})
