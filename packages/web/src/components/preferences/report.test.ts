import { expect, test } from 'vitest'
import { writeReport, type ReportParts } from './report.ts'

const ID = '00000000-0000-4000-8000-0000000000aa'
const PARTS: ReportParts = {
  at: Date.UTC(2026, 2, 20),
  script: 'https://relay.example.com/assets/index-Ab12.js',
  welcome: {
    ...{ protocol: 1, serverTime: 1, logEpoch: 'epoch', instance: 'instance', user: { id: ID, name: 'Anna' } },
    limits: { commandBytes: 1, frameBytes: 1, pageEntries: 1 },
  } as unknown as NonNullable<ReportParts['welcome']>,
  status: { name: 'live', since: 1 },
  medianMs: 24,
  agents: [
    {
      ...{ agentId: ID, name: 'annas-laptop', host: 'annas-laptop.home', online: false, since: 1 },
      claude: { version: '2.1.0', problem: { code: 'CLAUDE_AUTH', message: 'as anna@example.com' } },
    },
  ],
  unsent: 2,
  durable: true,
  missing: [],
  browser: 'Chrome/156',
  screen: '390 × 844, 3×',
}

test('a report names versions and states, and neither who nor where', () => {
  const report = writeReport(PARTS)
  expect(report.split('\n')).toEqual([
    'At: 2026-03-20T00:00:00.000Z',
    'Page: index-Ab12.js, protocol 1',
    'Relay: protocol 1',
    'Connection: live, usually 24 ms',
    'Machine 1: away, Claude Code 2.1.0 (CLAUDE_AUTH)',
    'Unsent: 2, kept after closing',
    'Missing here: nothing',
    'Browser: Chrome/156',
    'Window: 390 × 844, 3×',
  ])
  expect(report).not.toMatch(/anna|example|epoch|instance|0000/i)
})

test('what is not known is said to be so', () => {
  const report = writeReport({
    ...PARTS,
    ...{ script: undefined, welcome: undefined, medianMs: undefined, agents: [], durable: false },
    status: { name: 'rejected', code: 'UPGRADE_REQUIRED', message: 'Reload.' },
    missing: ['notifications'],
  })
  expect(report).toContain('Page: unknown')
  expect(report).toContain('Relay: never answered')
  expect(report).toContain('Connection: rejected (UPGRADE_REQUIRED)')
  expect(report).toContain('lost at closing')
  expect(report).toContain('Missing here: notifications')
})
