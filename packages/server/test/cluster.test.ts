import { createHash, randomUUID } from 'node:crypto'
import { PROTOCOL_VERSION, type PresenceUpdate, type ProjectUpdate } from '@farhand/shared'
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
import {
  AGENT_ID,
  OWNER_TOKEN,
  PATIENCE_MS,
  PROJECT_ID,
  codeOf,
  getJson,
  heard,
  helloOf,
  ok,
  responseOf,
  until,
  type TestBrowser,
} from './harness.ts'
import type { RelayProcess } from './process.ts'

const DIGEST = 'a'.repeat(64)

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
      await until(() => agent.inputs.length === 1, 'the command was not handed over')
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
      await expect.poll(isOnline, { timeout: PATIENCE_MS }).toBe(true)
      const ask = (method: string) =>
        there.emitWithAck('ask_agent', { projectId: PROJECT_ID, method, params: { a: 1 } })
      expect(await ask('echo')).toEqual({ ok: true, result: { a: 1 } })
      expect(codeOf(await ask('other'))).toBe('NOT_FOUND')
      agent.socket.disconnect()
      await until(() => told.at(-1)?.agent?.online === false, 'that it left was not told')
      expect(codeOf(await ask('echo'))).toBe('AGENT_OFFLINE')
    })

    test('[REQ2] a request is told to who watches at the other; of two decisions at both one counts', async () => {
      const agent = await agentAt(first)
      const [here, there] = [await browserAt(first), await browserAt(second)]
      ok(await there.emitWithAck('watch_project', { projectId: PROJECT_ID }))
      const told: ProjectUpdate[] = []
      there.on('project_update', (update) => void told.push(update))
      const said = await say(here)
      const request = { ...said, n: 1, kind: 'request' as const, key: 'r1', digest: DIGEST, data: '{}' }
      agent.socket.emit('command_response', responseOf(request))
      await until(() => told.some(({ attention }) => attention?.state === 'open'), 'the request was not told')
      await until(() => told.some(({ session }) => session?.attention === 1), 'the session was not told')
      const decision = { sessionId: said.sessionId, kind: 'decision' as const, key: 'r1', digest: DIGEST, data: '{}' }
      const decide = (browser: TestBrowser) => browser.emitWithAck('send_input', { ...decision, inputId: randomUUID() })
      const answers = await Promise.all([decide(here), decide(there)])
      expect(answers.map(codeOf).toSorted()).toEqual(['ALREADY_DECIDED', undefined])
      await until(() => told.some(({ attention }) => attention?.state === 'decided'), 'the decision was not told')
      await until(() => agent.inputs.some(({ kind }) => kind === 'decision'), 'the decision was not handed over')
      agent.socket.disconnect()
    })

    test('people see each other, and what one renames, at both', async () => {
      const [here, there] = [await browserAt(first), await browserAt(second)]
      const { sessionId } = await say(here)
      ok(await there.emitWithAck('watch_project', { projectId: PROJECT_ID }))
      ok(await there.emitWithAck('subscribe', { sessionId }))
      const told: PresenceUpdate[] = []
      there.on('presence_update', (update) => void told.push(update))
      ok(await here.emitWithAck('presence', { sessionId, state: 'typing' }))
      await until(() => told.some(({ observers }) => observers.some(({ state }) => state === 'typing')), 'not seen')
      const renamed = heard<ProjectUpdate>(there, 'project_update')
      ok(await here.emitWithAck('update_session', { sessionId, title: 'Another name' }))
      expect((await renamed).session).toMatchObject({ sessionId, title: 'Another name' })
      here.disconnect()
      await until(() => told.at(-1)?.observers.some(({ state }) => state === 'typing') === false, 'still seen')
    })

    test('[SUB3] over HTTP as well: a stream at one brings what is said at the other', async () => {
      const agent = await agentAt(first)
      const said = await say(await browserAt(first))
      const headers = { Authorization: `Bearer ${OWNER_TOKEN}` }
      const abort = new AbortController()
      const stream = await fetch(`${second.url()}/api/sessions/${said.sessionId}/stream`, {
        headers,
        signal: abort.signal,
      })
      respond(agent, said, 1, 3)
      let text = ''
      for await (const chunk of stream.body ?? []) {
        text += Buffer.from(chunk).toString()
        if (text.includes('chunk 3')) break
      }
      abort.abort()
      expect([...text.matchAll(/^id: .*?(\d+)$/gm)].map(([, seq]) => Number(seq)).filter((seq) => seq > 0)).toEqual([
        1, 2, 3, 4,
      ])
      agent.socket.disconnect()
    })

    test('a file is begun at one, goes on at the other, and is fetched from both', async () => {
      const content = Buffer.from('some words in a file')
      const about = { name: 'words.txt', mediaType: 'text/plain', bytes: content.length }
      const file = { attachmentId: randomUUID(), ...about, sha256: createHash('sha256').update(content).digest('hex') }
      const auth = { Authorization: `Bearer ${OWNER_TOKEN}` }
      expect((await post(first, `projects/${PROJECT_ID}/attachments`, file, auth)).status).toBe(201)
      const put = (relay: RelayProcess, offset: number, part: Buffer) =>
        getJson(`${relay.url()}/api/attachments/${file.attachmentId}?offset=${offset}`, {
          method: 'PUT',
          headers: auth,
          body: new Uint8Array(part),
        })
      expect(await put(first, 0, content.subarray(0, 5))).toMatchObject({ status: 200, body: { received: 5 } })
      const rest = await put(second, 5, content.subarray(5))
      expect(rest).toMatchObject({ status: 200, body: { received: content.length } })
      for (const relay of [first, second]) {
        const answer = await fetch(`${relay.url()}/api/attachments/${file.attachmentId}`, { headers: auth })
        expect(await answer.text()).toBe(content.toString())
      }
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
