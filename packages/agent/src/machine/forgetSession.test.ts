import { randomUUID } from 'node:crypto'
import type { AgentCommand } from '@farhand/shared'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory } from '../../test/temporary.ts'
import { openSpool } from '../spool/spool.ts'
import { forgetSession, type ForgetParts } from './forgetSession.ts'

const sessionId = randomUUID()
const [mine, other] = [randomUUID(), randomUUID()]

function parts(): ForgetParts & { ended: string[] } {
  const spool = openSpool(temporaryDirectory(), Date)
  onTestFinished(() => spool.close())
  const ended: string[] = []
  return {
    ended,
    spool,
    sessions: { end: async (id) => void ended.push(id) },
    transcripts: {
      list: async () => ({ sessions: [], truncated: false }),
      read: async () => undefined,
      remove: async () => true,
    },
    attachments: { forget: async () => {} },
    worktrees: { leave: async () => 'none' },
  }
}

function command(projectId: string): AgentCommand {
  const author = { id: 'owner', name: 'Owner' }
  const said = { kind: 'command', command: 'hello', options: {}, author, at: 1, seq: 1 }
  return { type: 'agent_command', sessionId, projectId, inputId: randomUUID(), ...said }
}

test('a session of another project is answered as one that is not there, and stays as it is', async () => {
  const foreign = { projectId: other, root: '/other' }
  const known = parts()
  known.spool.facts.set(sessionId, { projectId: mine })
  await expect(forgetSession(known, foreign, { sessionId })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(known.spool.facts.get(sessionId)).toEqual({ projectId: mine })

  const waiting = parts()
  waiting.spool.inbox.accept([command(mine)])
  await expect(forgetSession(waiting, foreign, { sessionId })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(waiting.spool.inbox.open('accepted')).toHaveLength(1)
  expect([...known.ended, ...waiting.ended]).toEqual([])
})

test('of its own project it goes, and what the project has used stays', async () => {
  const all = parts()
  all.spool.inbox.accept([command(mine)])
  all.spool.facts.set(sessionId, { projectId: mine })
  all.spool.facts.setOfProject(mine, { days: [{ day: '2030-01-01', costUsd: 1, raised: 0 }] })
  for (const id of [sessionId, mine]) await forgetSession(all, { projectId: mine, root: '/mine' }, { sessionId: id })
  expect(all.ended).toEqual([sessionId, mine])
  expect(all.spool.facts.get(sessionId)).toEqual({})
  expect(all.spool.facts.ofProject(mine).days).toHaveLength(1)
})
