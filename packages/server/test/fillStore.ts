import { randomUUID } from 'node:crypto'
import { openSqliteStore } from '../src/index.ts'

/**
 * Appends to the store of a directory until it is refused, then a few more times, and prints what happened.
 * Run where files may not grow beyond a limit, it meets a real failure of the disk.
 */
const [dataDir = ''] = process.argv.slice(2)
const author = { id: 'o', name: 'Owner' }
const [projectId, agentId, sessionId] = [randomUUID(), randomUUID(), randomUUID()]
const store = await openSqliteStore({ dataDir })
const projects = [{ projectId, name: 'p', path: '/p' }]
await store.acceptHello(
  { protocol: 1, agentId, connNo: 1, bootId: '', name: 'a', host: '', versions: {}, projects, sessions: [] },
  1,
)

const codes: string[] = []
let acknowledged = 0
for (let tries = 0; tries < 200 && codes.length < 3; tries++) {
  const command = { projectId, sessionId, commandId: randomUUID(), prompt: 'x'.repeat(40_000), bodyHash: 'h', author }
  try {
    const { outcomes } = await store.append(
      [{ type: 'command', ...command, options: {}, workingDirectory: undefined, expiresAt: undefined }],
      1,
    )
    if (outcomes[0]?.verdict !== 'accepted') break
    acknowledged++
  } catch (error) {
    codes.push(error instanceof Error && 'code' in error ? String(error.code) : String(error))
  }
}
const page = await store.page({ sessionId, after: 0, limit: 500, detail: 'full' })
process.stdout.write(JSON.stringify({ sessionId, acknowledged, codes, head: page?.head }))
