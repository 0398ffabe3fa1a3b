import { randomUUID } from 'node:crypto'
import { openSqliteStore } from '../../packages/server/src/index.ts'

const BATCH = 1_000
const BODY = 'x'.repeat(300)

/** Puts a log with sessions of `entries` entries each into a data directory, as a relay and an agent would have. */
export async function fillLog(dataDir: string, sessions: number, entries: number): Promise<string[]> {
  const store = await openSqliteStore({ dataDir })
  const [agentId, projectId] = [randomUUID(), randomUUID()]
  const projects = [{ projectId, name: 'bench', path: '/bench' }]
  await store.acceptHello(
    { protocol: 1, agentId, connNo: 1, bootId: '', name: 'bench', host: '', versions: {}, projects, sessions: [] },
    1,
  )
  const sessionIds: string[] = []
  for (let session = 0; session < sessions; session += 1) {
    const [sessionId, commandId] = [randomUUID(), randomUUID()]
    sessionIds.push(sessionId)
    const command = { projectId, sessionId, commandId, prompt: 'bench', options: {}, bodyHash: 'hash' }
    const author = { id: 'owner', name: 'Owner' }
    await store.append([{ type: 'command', ...command, workingDirectory: undefined, expiresAt: undefined, author }], 1)
    for (let first = 1; first < entries; first += BATCH) {
      const count = Math.min(BATCH, entries - first)
      const batch = Array.from({ length: count }, (_, index) => {
        const said = { sessionId, commandId, kind: 'notice', data: BODY, isComplete: false, at: 1 }
        return { type: 'response' as const, agentId, response: { ...said, n: first + index } }
      })
      await store.append(batch, 1)
    }
  }
  await store.close()
  return sessionIds
}
