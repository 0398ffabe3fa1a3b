import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  AGENT_TOKEN,
  OWNER_TOKEN,
  PROJECT_ID,
  codeOf,
  collect,
  getJson,
  ids,
  ok,
  openAgent,
  startRelay,
  until,
  type Relay,
} from '../../test/harness.ts'
import { openAttachmentStore } from '../attachments/attachmentStore.ts'

let relay: Relay
beforeAll(async () => {
  relay = await startRelay()
  await openAgent(relay)
})
afterAll(() => relay.close())

const auth = { authorization: `Bearer ${OWNER_TOKEN}` }
const hashOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')
const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), randomBytes(2_500_000)])

function saidOf(content: Buffer, part: object = {}) {
  const said = { name: 'photo.png', mediaType: 'image/png', bytes: content.length, sha256: hashOf(content) }
  return { attachmentId: randomUUID(), ...said, ...part }
}

const begin = (said: object, projectId = PROJECT_ID, headers: Record<string, string> = auth) =>
  getJson(`${relay.url}/api/projects/${projectId}/attachments`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(said),
  })

const put = (id: string, offset: number, chunk: Buffer, headers: Record<string, string> = auth) =>
  getJson(`${relay.url}/api/attachments/${id}?offset=${offset}`, {
    method: 'PUT',
    headers,
    body: new Uint8Array(chunk),
  })

async function upload(content: Buffer, part: object = {}) {
  const said = saidOf(content, part)
  const begun = await begin(said)
  let answer = begun
  for (let at = 0; at < content.length; at += 1024 * 1024) {
    answer = await put(said.attachmentId, at, content.subarray(at, at + 1024 * 1024))
  }
  return { id: said.attachmentId, begun, answer }
}

const download = (id: string, token = OWNER_TOKEN, path = 'attachments') =>
  fetch(`${relay.url}/api/${path}/${id}`, { headers: { authorization: `Bearer ${token}` } })

/** What is brought to the disk from now on, in this order. */
async function watchSyncs(directory: string): Promise<string[]> {
  const handle = await open(directory, 'r')
  const handles = Object.getPrototypeOf(handle) as typeof handle // of all that are opened
  await handle.close()
  const synced: string[] = []
  const { sync } = handles
  const spy = vi.spyOn(handles, 'sync').mockImplementation(async function (this: typeof handle) {
    synced.push((await this.stat()).isDirectory() ? 'directory' : 'file')
    await Reflect.apply(sync, this, [])
  })
  onTestFinished(() => spy.mockRestore())
  return synced
}

const codeIn = ({ body }: { body: Record<string, unknown> }) => (body['error'] as { code?: string } | undefined)?.code

describe('attachments', () => {
  test('what was uploaded in chunks comes down as it was, to people and to agents, as a download', async () => {
    const { id, begun, answer } = await upload(PNG, { name: '../../photo\u202egnp.png' })
    expect(begun).toMatchObject({ status: 201, body: { received: 0, name: 'photognp.png', chunkBytes: 1024 * 1024 } })
    expect(answer).toMatchObject({ status: 200, body: { received: PNG.length, bytes: PNG.length } })
    for (const response of [await download(id), await download(id, AGENT_TOKEN, 'agent/attachments')]) {
      expect(hashOf(Buffer.from(await response.arrayBuffer()))).toBe(hashOf(PNG))
      expect(response.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''photognp.png")
      expect(response.headers.get('content-security-policy')).toContain('sandbox')
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  test('after a lost answer a chunk may come again; after a hole it is said where to go on', async () => {
    const said = saidOf(PNG)
    await begin(said)
    const first = PNG.subarray(0, 1_000_000)
    await put(said.attachmentId, 0, first)
    expect((await put(said.attachmentId, 0, first)).body).toMatchObject({ received: 1_000_000 })
    expect((await put(said.attachmentId, 500_000, PNG.subarray(500_000, 1_500_000))).body).toMatchObject({
      received: 1_500_000,
    })
    expect(await put(said.attachmentId, 2_000_000, PNG.subarray(2_000_000))).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringContaining('1500000') } },
    })
    expect((await begin(said)).body).toMatchObject({ received: 1_500_000 })
    expect((await put(said.attachmentId, 1_500_000, PNG.subarray(1_500_000))).body).toMatchObject({
      received: PNG.length,
    })
    expect(codeIn(await begin({ ...said, bytes: 5 }))).toBe('IDEMPOTENCY_CONFLICT')
  })

  test('an upload that was begun goes on after a restart', async () => {
    const said = saidOf(PNG)
    await begin(said)
    await put(said.attachmentId, 0, PNG.subarray(0, 1_000_000))
    await relay.restart()
    await openAgent(relay, { connNo: 2 })
    expect((await begin(said)).body).toMatchObject({ received: 1_000_000 })
    await put(said.attachmentId, 1_000_000, PNG.subarray(1_000_000, 2_000_000))
    await put(said.attachmentId, 2_000_000, PNG.subarray(2_000_000))
    expect((await download(said.attachmentId)).status).toBe(200)
  })

  test('too large, a lie about the type, a name that lies, and bytes that got lost: each has its code, and nothing stays', async () => {
    expect(codeIn(await begin(saidOf(PNG, { bytes: 10 * 1024 * 1024 + 1 })))).toBe('TOO_LARGE')
    const said = saidOf(PNG)
    await begin(said)
    expect(codeIn(await put(said.attachmentId, 0, PNG.subarray(0, 1024 * 1024 + 1)))).toBe('TOO_LARGE')
    const page = Buffer.from('<script>alert(1)</script>')
    const lies = [
      await upload(page),
      await upload(page, { name: 'a.png', mediaType: 'application/octet-stream' }),
      await upload(page, { name: 'a.txt', mediaType: 'text/plain', sha256: 'a'.repeat(64) }),
    ]
    for (const { id, answer } of lies) {
      expect(answer.status).toBe(415)
      expect(codeIn(answer)).toBe('UNSUPPORTED_FILE')
      expect((await download(id)).status).toBe(404)
      expect(readdirSync(join(relay.dataDir, 'attachments')).some((name) => name.startsWith(id))).toBe(false)
    }
    const more = saidOf(page, { name: 'a.txt', mediaType: 'text/plain' })
    await begin(more)
    expect(codeIn(await put(more.attachmentId, 0, Buffer.concat([page, page])))).toBe('BAD_REQUEST')
  })

  test('nobody without a token, no agent as a person and no person as an agent, and no unknown project', async () => {
    const said = saidOf(PNG)
    expect((await begin(said, PROJECT_ID, {})).status).toBe(403) // a foreign page could do that
    expect((await begin(said, PROJECT_ID, { authorization: `Bearer ${AGENT_TOKEN}` })).status).toBe(401)
    expect((await begin(said, randomUUID())).status).toBe(404)
    expect((await put(said.attachmentId, 0, PNG.subarray(0, 10))).status).toBe(404)
    const { id } = await upload(Buffer.from('hello'), { name: 'a.txt', mediaType: 'text/plain' })
    expect((await download(id, AGENT_TOKEN)).status).toBe(401)
    expect((await download(id, OWNER_TOKEN, 'agent/attachments')).status).toBe(401)
    expect((await fetch(`${relay.url}/api/attachments/${id}`)).status).toBe(401)
    expect((await download('not-an-id')).status).toBe(404)
  })

  test('where a chunk belongs to is looked at before it is read, and what is unknown is not read at all', async () => {
    const large = Buffer.alloc(1024 * 1024 + 1)
    expect(await put(randomUUID(), 0, large)).toMatchObject({ status: 404 })
    const said = saidOf(PNG)
    await begin(said)
    expect(await put(said.attachmentId, 0, large)).toMatchObject({ status: 413 })
  })

  test('a command names only what is there as a whole', async () => {
    const browser = await relay.openBrowser()
    const { id } = await upload(Buffer.from('hello'), { name: 'a.txt', mediaType: 'text/plain' })
    const half = saidOf(PNG)
    await begin(half)
    const send = (attachments: string[]) =>
      browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'look', options: { attachments } })
    ok(await send([id]))
    expect(codeOf(await send([id, half.attachmentId]))).toBe('NOT_FOUND')
    expect(codeOf(await send([randomUUID()]))).toBe('NOT_FOUND')
    expect(codeOf(await send(Array.from({ length: 21 }, () => id)))).toBe('BAD_REQUEST')
  })

  test('everybody who reads along is told the files with the command, once, whatever the agent does', async () => {
    const agent = await openAgent(relay, { connNo: 3 })
    const [sender, reader] = [await relay.openBrowser(), await relay.openBrowser()]
    const content = Buffer.from('hello')
    const files = [await upload(content, { name: 'a.txt', mediaType: 'text/plain' }), await upload(PNG)]
    const said = {
      projectId: PROJECT_ID,
      ...ids(),
      command: 'look',
      options: { attachments: files.map(({ id }) => id) },
    }
    await reader.emitWithAck('execute_command', { ...said, commandId: randomUUID(), command: 'before', options: {} })
    const entries = collect(reader)
    const { seq } = ok(await sender.emitWithAck('execute_command', said))
    expect(ok(await sender.emitWithAck('execute_command', said)).seq).toBe(seq)
    await until(() => entries.some(({ kind }) => kind === 'attached'))
    const { sessionId } = said
    const page = ok(await reader.emitWithAck('read', { sessionId, after: 0, limit: 10 }))
    expect(page.entries.map(({ kind }) => kind)).toEqual(['command', 'command', 'attached'])
    expect(JSON.parse(page.entries[2]?.response ?? '')).toEqual({
      commandId: said.commandId,
      files: [
        { id: files[0]?.id, name: 'a.txt', mediaType: 'text/plain', bytes: content.length },
        { id: files[1]?.id, name: 'photo.png', mediaType: 'image/png', bytes: PNG.length },
      ],
    })
    await until(() => agent.inputs.length === 2)
    expect(agent.inputs.map(({ kind }) => kind)).toEqual(['command', 'command'])
  })

  test('a chunk may be of any type, also one that could be read as something else', async () => {
    const content = Buffer.from('{"a":1}')
    const said = saidOf(content, { name: 'a.json', mediaType: 'application/json' })
    expect(await begin(said)).toMatchObject({ status: 201 })
    const answer = await put(said.attachmentId, 0, content, { ...auth, 'content-type': 'application/json' })
    expect(answer).toMatchObject({ status: 200, body: { received: content.length } })
    expect(await (await download(said.attachmentId)).text()).toBe('{"a":1}')
  })

  test('an agent gets the files of its own projects only, and asks again where it has not said hello yet', async () => {
    const { id } = await upload(Buffer.from('hello'), { name: 'a.txt', mediaType: 'text/plain' })
    const token = 'fha_another-token-0123456789abcdef'
    await relay.store.createToken(
      { tokenId: 'other', role: 'agent', name: 'other', hash: hashOf(Buffer.from(token)) },
      1,
    )
    const agentId = randomUUID()
    const projects = [{ projectId: randomUUID(), name: 'other', path: '/other' }]
    const other = await openAgent(relay, { agentId, projects, token })
    expect((await download(id, token, 'agent/attachments')).status).toBe(404)
    expect((await download(id, AGENT_TOKEN, 'agent/attachments')).status).toBe(200)
    other.socket.disconnect()
    await relay.restart()
    expect((await download(id, AGENT_TOKEN, 'agent/attachments')).status).toBe(503)
    await openAgent(relay, { connNo: 4 })
    expect((await download(id, AGENT_TOKEN, 'agent/attachments')).status).toBe(200)
    for (let tries = 0; tries < 5; tries += 1) await download(id, 'wrong', 'agent/attachments')
    expect((await download(id, AGENT_TOKEN, 'agent/attachments')).status).toBe(429)
    expect((await download(id)).status).toBe(200) // a wrong agent token locks no person out
  })

  test('with a session go the files that only it named', async () => {
    const browser = await relay.openBrowser()
    const files = [
      await upload(Buffer.from('mine'), { name: 'a.txt', mediaType: 'text/plain' }),
      await upload(Buffer.from('shared'), { name: 'b.txt', mediaType: 'text/plain' }),
    ].map(({ id }) => id)
    const send = async (attachments: string[]) =>
      ok(
        await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'x', options: { attachments } }),
      )
    const { sessionId } = await send(files)
    await send(files.slice(1))
    ok(await browser.emitWithAck('update_session', { sessionId, deleted: true }))
    expect(await Promise.all(files.map(async (id) => (await download(id)).status))).toEqual([404, 200])
    const names = readdirSync(join(relay.dataDir, 'attachments'))
    expect(files.map((id) => names.filter((name) => name.startsWith(id)).length)).toEqual([0, 2])
  })

  test('[LOG2] a repeat of a command gets its first answer, also when its file has gone since', async () => {
    const browser = await relay.openBrowser()
    const { id } = await upload(Buffer.from('hello'), { name: 'a.txt', mediaType: 'text/plain' })
    const said = { projectId: PROJECT_ID, ...ids(), command: 'look', options: { attachments: [id] } }
    const first = ok(await browser.emitWithAck('execute_command', said))
    const { sessionId } = ok(
      await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'x', options: said.options }),
    )
    ok(await browser.emitWithAck('update_session', { sessionId, deleted: true }))
    ok(await browser.emitWithAck('update_session', { sessionId: said.sessionId, deleted: true }))
    expect((await download(id)).status).toBe(404)
    expect(ok(await browser.emitWithAck('execute_command', said))).toEqual(first)
    expect(codeOf(await browser.emitWithAck('execute_command', { ...said, ...ids() }))).toBe('NOT_FOUND')
  })

  test('a reader that goes away in the middle is no fault, and nothing of it is said outside of the log', async () => {
    const { id } = await upload(Buffer.concat([PNG, PNG, PNG]))
    const abort = new AbortController()
    const init = { headers: auth, signal: abort.signal }
    const response = await fetch(`${relay.url}/api/attachments/${id}`, init)
    expect(response.status).toBe(200)
    abort.abort()
    await expect.poll(() => relay.logs.join('')).toContain('an answer could not be finished')
  })

  test('what is old goes, what does not fit is refused', async () => {
    let now = Date.now()
    const dataDir = mkdtempSync(join(tmpdir(), 'farhand-attachments-'))
    const store = openAttachmentStore({ directory: dataDir, clock: { now: () => now }, maxBytes: 15_000_000 })
    const content = Buffer.from('hello')
    const said = { ...saidOf(content, { name: 'a.txt', mediaType: 'text/plain' }) }
    await store.begin(PROJECT_ID, said.attachmentId, said)
    await store.append(said.attachmentId, 0, content)
    const large = saidOf(Buffer.alloc(10 * 1024 * 1024))
    await store.begin(PROJECT_ID, large.attachmentId, large)
    const other = saidOf(Buffer.alloc(10 * 1024 * 1024))
    await expect(store.begin(PROJECT_ID, other.attachmentId, other)).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    })
    rmSync(store.path(large.attachmentId))
    const chunk = Buffer.alloc(1000)
    await expect(store.append(large.attachmentId, 0, chunk)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    now += 25 * 60 * 60 * 1000
    await store.begin(PROJECT_ID, other.attachmentId, other) // the unfinished one has gone
    expect(await store.complete(said.attachmentId)).toBeDefined()
    now += 30 * 24 * 60 * 60 * 1000
    await store.sweep()
    expect(await store.complete(said.attachmentId)).toBeUndefined()
    const two = await Promise.allSettled(
      [saidOf(chunk, { bytes: 8_000_000 }), saidOf(chunk, { bytes: 8_000_000 })].map((one) =>
        store.begin(PROJECT_ID, one.attachmentId, one),
      ),
    )
    expect(two.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']) // whichever came to the disk first
    expect(two.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'STORAGE_UNAVAILABLE' } })
    rmSync(dataDir, { recursive: true })
  })

  test('what a crash left half done is removed when it is a day old, and nothing else', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'farhand-attachments-'))
    const store = openAttachmentStore({ directory, clock: Date })
    const said = saidOf(Buffer.from('hello'), { name: 'a.txt', mediaType: 'text/plain' })
    await store.begin(PROJECT_ID, said.attachmentId, said)
    const left = [
      `${randomUUID()}.bin`,
      `${randomUUID().toUpperCase()}.bin`,
      `${said.attachmentId}.json.${randomUUID()}.new`,
      `${randomUUID()}.json`,
    ]
    const young = [`${randomUUID()}.bin`, `${said.attachmentId}.json.${randomUUID()}.new`]
    for (const name of [...left, ...young, 'notes.txt']) writeFileSync(join(directory, name), 'x')
    const longAgo = Date.now() / 1000 - 25 * 60 * 60
    for (const name of [...left, 'notes.txt']) utimesSync(join(directory, name), longAgo, longAgo)
    const again = openAttachmentStore({ directory, clock: Date })
    await again.sweep()
    expect(readdirSync(directory).toSorted()).toEqual(
      [`${said.attachmentId}.bin`, `${said.attachmentId}.json`, 'notes.txt', ...young].toSorted(),
    )
    expect(await again.append(said.attachmentId, 0, Buffer.from('hello'))).toMatchObject({ received: 5 })
    rmSync(directory, { recursive: true })
  })

  test('[LOG8] what is acknowledged of a file stands on the disk by its name too', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'farhand-attachments-'))
    const store = openAttachmentStore({ directory, clock: Date })
    const said = saidOf(Buffer.from('hello'), { name: 'a.txt', mediaType: 'text/plain' })
    await store.begin(PROJECT_ID, said.attachmentId, said)
    const synced = await watchSyncs(directory)
    await store.append(said.attachmentId, 0, Buffer.from('hello'))
    expect(synced).toEqual(['file', 'file', 'directory'])
    rmSync(directory, { recursive: true })
  })

  test('two relays with one directory see what the other does, also in the middle of a file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'farhand-attachments-'))
    const options = { directory, clock: Date, maxBytes: 1_500 }
    const [one, other] = [openAttachmentStore(options), openAttachmentStore(options)]
    const content = Buffer.from('hello '.repeat(150))
    const said = saidOf(content, { name: 'a.txt', mediaType: 'text/plain' })
    const id = said.attachmentId
    const both = () => Promise.all([one, other].map((store) => store.begin(PROJECT_ID, id, said)))
    expect((await both()).map(({ received }) => received)).toEqual([0, 0])
    await one.append(id, 0, content.subarray(0, 300))
    expect((await both()).map(({ received }) => received)).toEqual([300, 300])
    await Promise.all([one, other].map((store) => store.append(id, 300, content.subarray(300, 600))))
    expect(await other.append(id, 600, content.subarray(600))).toMatchObject({ received: 900 })
    expect(await one.complete(id)).toMatchObject({ received: 900 })
    expect(readFileSync(one.path(id))).toEqual(content)
    const more = saidOf(content, { name: 'b.txt', mediaType: 'text/plain' })
    await expect(one.begin(PROJECT_ID, more.attachmentId, more)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    await other.forget(id)
    expect(await one.complete(id)).toBeUndefined()
    await expect(one.append(id, 0, content)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await one.begin(PROJECT_ID, more.attachmentId, more)
    expect(readdirSync(directory)).toHaveLength(2)
    rmSync(directory, { recursive: true })
  })
})
