import { Linter } from 'eslint'
import { expect, test } from 'vitest'
import { arrows } from '../../eslint.arrows.ts'

const linter = new Linter()

/** What the rules say about a file at `path` that holds `code`. */
function complaints(path: string, code: string): string[] {
  const found = linter.verify(code, [{ files: ['**/*.ts'] }, ...arrows], { filename: path })
  return found.map((one) => one.message)
}

const imports = (path: string, from: string) => complaints(path, `import * as x from '${from}'; x()`)

test.each([
  ['packages/shared/src/protocols/cursor.ts', '../types/messages.ts'],
  ['packages/shared/src/types/messages.ts', 'zod'],
  ['packages/shared/src/testing/builders.ts', 'vitest'],
  ['packages/shared/src/protocols/cursor.test.ts', 'node:crypto'],
  ['packages/shared/src/protocols/cursor.test.ts', '../testing/random.ts'],
  ['packages/server/src/app.ts', '@farhand/shared'],
  ['packages/server/src/app.ts', '@farhand/shared/tracing'],
  ['packages/shared/src/tracing/spans.ts', '@opentelemetry/api'],
  ['packages/server/src/log/store.test.ts', '@farhand/shared/testing'],
  ['packages/server/src/log/storeContract.ts', '@farhand/shared/testing'],
  ['packages/server/src/log/contract/entries.ts', '@farhand/shared/testing'],
  ['bench/latency/agent.ts', '../../packages/agent/src/spool/spool.ts'],
  ['packages/agent/src/claude/driver.ts', '@anthropic-ai/claude-agent-sdk'],
  ['packages/agent/src/acp/driver.ts', '@agentclientprotocol/sdk'],
  ['packages/web/src/services/websocket.ts', 'socket.io-client'],
  ['packages/web/src/pages/SessionPage.ts', '../components/chat/rows.ts'],
  ['packages/web/src/composables/useWebSocket.ts', '../services/websocket.ts'],
  ['e2e/house.ts', '../scripts/model/model.ts'],
])('%s may import %s', (path, from) => {
  expect(imports(path, from)).toEqual([])
})

test.each([
  ['packages/shared/src/protocols/cursor.ts', 'node:crypto', /shared is the protocol/],
  ['packages/shared/src/protocols/cursor.ts', 'socket.io', /shared is the protocol/],
  ['packages/shared/src/protocols/cursor.ts', '../index.ts', /door for other packages/],
  ['packages/shared/src/protocols/cursor.ts', '@farhand/shared', /shared is the protocol/],
  ['packages/shared/src/protocols/cursor.ts', '../testing/random.ts', /Testing tools are for tests/],
  ['packages/shared/src/testing/random.ts', 'node:crypto', /run in Node and in the browser/],
  ['packages/server/src/app.ts', '@farhand/agent', /only @farhand\/shared/],
  ['packages/shared/src/tracing/spans.ts', 'node:http', /spans of both tiers/],
  ['packages/shared/src/index.ts', '@opentelemetry/api', /shared is the protocol/],
  ['packages/web/src/stores/projectStore.ts', '@farhand/shared/tracing', /A page does not/],
  ['packages/server/src/app.ts', '../../shared/src/canonicalJson.ts', /by its name/],
  ['packages/server/src/app.ts', '@farhand/shared/testing', /Testing tools/],
  ['packages/server/src/app.test.ts', '@farhand/web', /only @farhand\/shared/],
  ['packages/agent/src/run.ts', '@farhand/server', /only @farhand\/shared/],
  ['packages/agent/src/sessions/session.ts', '@anthropic-ai/claude-agent-sdk', /only folder that knows Claude Code/],
  [
    'packages/agent/src/sessions/session.ts',
    '@agentclientprotocol/sdk',
    /only folder that knows the Agent Client Protocol/,
  ],
  [
    'packages/agent/src/claude/driver.ts',
    '@agentclientprotocol/sdk',
    /only folder that knows the Agent Client Protocol/,
  ],
  ['packages/web/src/services/api.ts', 'node:fs', /runs in the browser/],
  ['packages/web/src/services/api.ts', 'crypto', /runs in the browser/],
  ['packages/web/src/services/api.ts', 'socket.io-client', /only file of web that knows Socket.IO/],
  ['packages/web/src/services/websocket.ts', '../stores/connectionStore.ts', /imports point down/],
  ['packages/web/src/stores/connectionStore.ts', '../composables/useNow.ts', /imports point down/],
  ['packages/web/src/components/chat/row.ts', '../../services/websocket.ts', /read stores and call composables/],
  ['packages/web/src/stores/projectStore.ts', '@farhand/server', /only @farhand\/shared/],
])('%s must not import %s', (path, from, why) => {
  expect(imports(path, from)).toEqual([expect.stringMatching(why)])
})

test('import() is held to the same', () => {
  expect(complaints('packages/web/src/main.ts', "export const x = () => import('node:fs')")).toHaveLength(1)
  expect(complaints('packages/web/src/main.ts', "export const x = () => import('./pages/a.ts')")).toEqual([])
})

test('a test that is left out, or left alone, is refused', () => {
  const half = ['test', 'only'].join('.')
  expect(complaints('packages/shared/src/a.test.ts', `${half}('x', () => {})`)).toEqual([
    'A test runs always or is not there.',
  ])
  expect(complaints('e2e/a.spec.ts', `${half}('x', () => {})`)).toHaveLength(1)
})
