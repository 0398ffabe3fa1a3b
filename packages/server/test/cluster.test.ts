import { PROTOCOL_VERSION, type ProjectUpdate } from '@farhand/shared'
import { afterAll, describe, expect, test } from 'vitest'
import {
  CLUSTER_NEEDED,
  agentAt,
  browserAt,
  dial,
  openTwoRelays,
  readAt,
  respond,
  say,
  type TwoRelays,
} from './clusterProcesses.ts'

import { AGENT_ID, OWNER_TOKEN, PROJECT_ID, codeOf, getJson, heard, helloOf, ok, until } from './harness.ts'
import type { RelayProcess } from './process.ts'

/** What comes to another relay by the bus comes at once; what it finds in the log comes within a second or two. */
const BY_BUS_MS = 900

const cluster = await openTwoRelays()
if (cluster === undefined) test(CLUSTER_NEEDED, () => console.log(CLUSTER_NEEDED))
else describeCluster(cluster)

function describeCluster(cluster: TwoRelays): void {
  const { first, second } = cluster
  afterAll(() => cluster.close())

  describe('two relays', () => {
    test('[CMD2] [LOG4] what is said at one comes to the agent at the other, and what that answers to readers at both', async () => {
      const agent = await agentAt(first)
      const [here, there] = [await browserAt(first), await browserAt(second)]
      const said = await say(there)
      await until(() => agent.inputs.length === 1, 'the command was not handed over', BY_BUS_MS)
      const readings = [await readAt(here, said.sessionId), await readAt(there, said.sessionId)]
      respond(agent, said, 1, 300)
      for (const reading of readings) {
        await until(() => reading.entries.length === 301, `only ${reading.entries.length} entries came`)
        expect(reading.wrong).toEqual([])
      }
      agent.socket.disconnect()
    })

    test('[REQ1] each shows whether the agent is here, wherever it is, and asks it', async () => {
      const agent = await agentAt(first)
      agent.socket.on('agent_request', ({ method, params }, ack) => {
        if (method === 'echo') ack({ ok: true, result: params })
        else ack({ ok: false, error: { code: 'NOT_FOUND', message: 'no such method', retryable: false } })
      })
      const there = await browserAt(second)
      const told: ProjectUpdate[] = []
      there.on('project_update', (update) => void told.push(update))
      const isOnline = async (): Promise<boolean> =>
        ok(await there.emitWithAck('watch_project', { projectId: PROJECT_ID })).agent.online
      await expect.poll(isOnline).toBe(true)
      const ask = (method: string) =>
        there.emitWithAck('ask_agent', { projectId: PROJECT_ID, method, params: { a: 1 } })
      expect(await ask('echo')).toEqual({ ok: true, result: { a: 1 } })
      expect(codeOf(await ask('other'))).toBe('NOT_FOUND')
      agent.socket.disconnect()
      await until(() => told.at(-1)?.agent?.online === false, 'that it left was not told', BY_BUS_MS)
      expect(codeOf(await ask('echo'))).toBe('AGENT_OFFLINE')
    })

    test('[AG2] an agent that connects to the other relay fences its old connection', async () => {
      const old = await agentAt(first)
      const fenced = heard(old.socket, 'fenced')
      const next = await agentAt(second)
      expect(next.epoch).toBeGreaterThan(old.epoch)
      expect(await fenced).toMatchObject({ epoch: next.epoch })
      const late = first.agent({ agentId: AGENT_ID, connNo: 1, protocol: PROTOCOL_VERSION })
      await heard(late, 'connect')
      expect(codeOf(await late.emitWithAck('agent_hello', helloOf({ connNo: 1 })))).toBe('FENCED')
      next.socket.disconnect()
    })

    test('[CON1] links and tickets of one work at the other, once', async () => {
      const { cookie } = await signIn(first, second)
      const { body } = await post(first, 'ticket', {}, { Cookie: cookie })
      const browser = await browserAt(second, { ticket: body['ticket'] })
      await heard(dial(first, { ticket: body['ticket'] }), 'connect_error')
      browser.disconnect()
    })

    test('[CON6] who signs out at one hears nothing more at the other', async () => {
      const { cookie } = await signIn(second, first)
      const { body } = await post(second, 'ticket', {}, { Cookie: cookie })
      const browser = await browserAt(second, { ticket: body['ticket'] })
      const ended = heard(browser, 'disconnect')
      await post(first, 'logout', {}, { Cookie: cookie })
      await ended
    })

    test('[F86] [LOG8] one of two relays is killed: everything goes on at the other', async () => {
      const agent = await agentAt(first)
      const there = await browserAt(second)
      const said = await say(there)
      const reading = await readAt(there, said.sessionId)
      respond(agent, said, 1, 50)
      await until(() => reading.entries.length > 1, 'nothing came')
      await first.ended('SIGKILL')
      const [next, elsewhere] = [await agentAt(second), await say(there, said.sessionId)]
      respond(next, said, 1, 60) // again from the start: what is there already is not stored twice
      await until(() => reading.entries.length === 62, `only ${reading.entries.length} entries came`)
      expect(reading.wrong).toEqual([])
      await until(() => next.inputs.some(({ inputId }) => inputId === elsewhere.commandId), 'it was not handed over')
      next.socket.disconnect()
    })
  })
}

const OWN = { 'Content-Type': 'application/json', 'X-Farhand': '1' }

function post(relay: RelayProcess, what: string, body: object, headers: Record<string, string>) {
  return getJson(`${relay.url()}/api/${what}`, {
    method: 'POST',
    headers: { ...OWN, ...headers },
    body: JSON.stringify(body),
  })
}

/** With a link that was made at one and is opened at the other. */
async function signIn(maker: RelayProcess, opener: RelayProcess): Promise<{ cookie: string }> {
  const made = await post(maker, 'logins', {}, { Authorization: `Bearer ${OWNER_TOKEN}` })
  const code = new URL(String(made.body['link'])).hash.replace('#code=', '')
  const { status, headers } = await post(opener, 'login', { code }, {})
  expect(status).toBe(200)
  expect((await post(maker, 'login', { code }, {})).status).toBe(401)
  const [cookie = ''] = headers.getSetCookie()
  return { cookie: cookie.split(';')[0] ?? '' }
}
