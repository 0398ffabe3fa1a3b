import type { Attention, Project, ProjectUpdate, SessionSummary } from '@farhand/shared'
import { afterEach, describe, expect, test } from 'vitest'
import { PROJECT_ID } from '../../test/harness.ts'
import { createProjectUpdates, type ProjectUpdates } from './projectUpdates.ts'

const PROJECT: Project = { projectId: PROJECT_ID, name: 'p', path: '/p', agentId: 'a', agentName: 'a', online: true }

let updates: ProjectUpdates
afterEach(() => updates.close())

function open(): string[] {
  const told: string[] = []
  const emit = ({ session, attention }: ProjectUpdate): void => {
    if (session !== undefined) told.push(`${session.sessionId} ${session.deleted === true ? 'deleted' : session.head}`)
    if (attention !== undefined) told.push(`${attention.key} ${attention.state}`)
  }
  updates = createProjectUpdates({ emit, isWatched: () => true })
  return told
}

function session(sessionId: string, head: number, part: Partial<SessionSummary> = {}): SessionSummary {
  const rest = { running: 0, attention: 0, archived: false, pinned: false, readUpTo: 0, createdAt: 1, updatedAt: 1 }
  return { sessionId, projectId: PROJECT_ID, head, ...rest, ...part }
}

function request(key: string, state: Attention['state'], seq = 1): Attention {
  return { sessionId: 's', key, seq, state, at: 1 }
}

const committed = (sessions: SessionSummary[], attention: Attention[] = []) =>
  updates.committed({
    outcomes: [],
    sessions,
    attention: attention.map((one) => ({ projectId: PROJECT_ID, attention: one })),
  })

describe('what two relays say of a project', () => {
  test('[LOG4] a session does not go back, and a request neither', () => {
    const told = open()
    committed([session('s', 5, { running: 1 })], [request('r', 'decided')])
    committed([session('s', 4, { running: 2 })], [request('r', 'open')])
    updates.session(session('s', 3, { title: 'old' }))
    committed([session('s', 6)], [request('r', 'resolved'), request('r', 'decided'), request('r', 'open', 9)])
    expect(told).toEqual(['r decided', 's 5', 'r resolved', 'r open', 's 6'])
  })

  test('[SUB4] after something was missed, only what differs from what was told or read is told', () => {
    const told = open()
    const before = [session('kept', 3), session('changed', 3), session('gone', 3)]
    updates.snapshotRead({
      project: PROJECT,
      sessions: before,
      requests: [request('r1', 'open'), request('r2', 'open')],
    })
    const now = [session('kept', 3), session('changed', 4, { running: 1 }), session('new', 1)]
    updates.projectRead(PROJECT_ID, now, [request('r2', 'open'), request('r3', 'open')])
    expect(told).toEqual(['gone deleted', 'changed 4', 'new 1', 'r1 resolved', 'r3 open'])
    told.length = 0
    updates.projectRead(PROJECT_ID, now, [request('r2', 'open'), request('r3', 'open')])
    expect(told).toEqual([])
  })
})
