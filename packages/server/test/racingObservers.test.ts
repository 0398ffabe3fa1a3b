import { randomBytes, randomUUID } from 'node:crypto'
import type { Ack, AgentCommand, Author, Entry, SendInput } from '@farhand/shared'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTokens, openSqliteStore } from '../src/index.ts'
import {
  PROJECT_ID,
  heard,
  ok,
  openAgent,
  responseOf,
  startRelay,
  until,
  type Relay,
  type TestBrowser,
} from './harness.ts'

/** Several people who decide the same requests at the same moment, over links that are cut while they do. */

const REQUESTS = 200
const AT_ONCE = 20
const CUT_EVERY_MS = 15
const PEOPLE = [
  { name: 'Ann', device: 'Firefox on Linux', agent: 'X11; Linux Firefox/140.0', behavior: 'allow' },
  { name: 'Ben', device: 'Safari on iPhone', agent: 'iPhone Safari/605', behavior: 'deny' },
  { name: 'Cleo', device: 'Chrome on Windows', agent: 'Windows Chrome/140.0', behavior: 'allow' },
  { name: 'Dan', device: 'Edge on macOS', agent: 'Macintosh Edg/140.0', behavior: 'deny' },
] as const
type Person = (typeof PEOPLE)[number]

let relay: Relay
beforeEach(async () => {
  relay = await startRelay()
})
afterEach(() => relay.close())

/** An observer that comes back after every cut, asks for what it missed, and says again what was not acknowledged. */
async function openObserver(person: Person, token: string, sessionId: string) {
  const log = new Map<number, Entry>()
  let link = connect()

  async function connect(): Promise<TestBrowser> {
    const socket = relay.browser({ token }, { extraHeaders: { 'user-agent': person.agent } })
    socket.on('command_result', (said) => keep([said].flat()))
    await heard(socket, 'welcome')
    keep(ok(await socket.emitWithAck('subscribe', { sessionId, after: Math.max(0, ...log.keys()) })).entries)
    return socket
  }

  function keep(entries: readonly Entry[]): void {
    for (const entry of entries) log.set(entry.seq, entry)
  }

  async function send(input: SendInput): Promise<Ack<{ seq: number }>> {
    for (;;) {
      const socket = await link
      const gone = new Promise<undefined>((resolve) => socket.once('disconnect', () => resolve(undefined)))
      if (!socket.connected) continue
      const answer = await Promise.race([socket.emitWithAck('send_input', input), gone])
      if (answer !== undefined) return answer
    }
  }

  async function cut(): Promise<void> {
    const socket = await link
    link = connect()
    socket.disconnect()
    await link
  }

  await link
  return { person, log, send, cut }
}

type Observer = Awaited<ReturnType<typeof openObserver>>
type Told = { observer: Observer; inputId: string; answers: Ack<{ seq: number }>[] }

/** Each says what it wants, twice: a page whose acknowledgement was lost does the same. */
async function decide(observer: Observer, sessionId: string, key: string): Promise<Told> {
  const { name, behavior } = observer.person
  const inputId = randomUUID()
  const data = JSON.stringify({ requestId: key, digest: digestOf(key), behavior, message: name })
  const input: SendInput = { sessionId, kind: 'decision', inputId, key, digest: digestOf(key), data }
  return { observer, inputId, answers: await Promise.all([observer.send(input), observer.send(input)]) }
}

/** Resolves when the relay, in this process, has read what was sent before the call: after a whole turn of the loop. */
async function untilRead(): Promise<void> {
  await new Promise(setImmediate)
  await new Promise(setImmediate)
}

function digestOf(key: string): string {
  return key.replaceAll(/\D/g, '').padStart(64, '0')
}

/** The scripted end of an agent: it applies each decision once, and says by whom it was. */
async function openDecidedAgent() {
  const { socket, inputs } = await openAgent(relay)
  const applied = new Map<string, { by: Author; behavior: string }[]>()
  let said = { sessionId: '', commandId: '' }
  let n = 0
  const say = (kind: string, key: string, data: object): void => {
    socket.emit(
      'command_response',
      responseOf({ ...said, n: (n += 1), kind, key, digest: digestOf(key), data: JSON.stringify(data) }),
    )
  }
  socket.on('agent_command', ({ kind, command, author }: AgentCommand) => {
    if (kind !== 'decision') return
    const { requestId, behavior } = JSON.parse(command)
    applied.set(requestId, [...(applied.get(requestId) ?? []), { by: author, behavior }])
    say('request_resolved', requestId, { requestId, behavior, outcome: 'applied', by: author })
  })
  return {
    inputs,
    applied,
    about: (run: typeof said) => void (said = run),
    ask: (key: string) => say('request', key, { requestId: key }),
  }
}

async function tokensOf(people: readonly Person[]): Promise<string[]> {
  const store = await openSqliteStore({ dataDir: relay.dataDir, exclusive: false })
  const tokens = createTokens({ store, clock: Date, randomBytes })
  const made = []
  for (const { name } of people) made.push((await tokens.create('owner', name)).token)
  await store.close()
  return made
}

test('[REQ2] [REQ6] two hundred requests, each decided by four people at once: decided once, applied once, told to all', async () => {
  const agent = await openDecidedAgent()
  const owner = await relay.openBrowser()
  const run = ok(await owner.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
  const { sessionId } = run
  agent.about(run)
  const tokens = await tokensOf(PEOPLE)
  const observers = await Promise.all(
    PEOPLE.map((person, index) => openObserver(person, tokens[index] ?? '', sessionId)),
  )
  let cuts = 0
  let busy = true
  const cutting = (async () => {
    for (; busy; cuts += 1) {
      await observers[cuts % observers.length]?.cut()
      await new Promise((resolve) => setTimeout(resolve, CUT_EVERY_MS))
    }
  })()

  const keys = Array.from({ length: REQUESTS }, (_, index) => `request-${index + 1}`)
  const told = new Map<string, Told[]>()
  for (let from = 0; from < REQUESTS; from += AT_ONCE) {
    const wave = keys.slice(from, from + AT_ONCE)
    for (const key of wave) agent.ask(key)
    await until(() =>
      observers.every(({ log }) => wave.every((key) => [...log.values()].some((entry) => entry.key === key))),
    )
    // What is said in one turn of the loop the relay reads link by link, so one person would be first with every request:
    // in every other wave somebody is a turn ahead of the rest, another one for each request.
    const ahead = (from / AT_ONCE) % 2
    const all = wave.map(async (key, index) => {
      const first = index % observers.length
      const early = observers.slice(first, first + ahead)
      const late = observers.filter((observer) => !early.includes(observer))
      const answers = early.map((observer) => decide(observer, sessionId, key))
      if (ahead > 0) await untilRead()
      return Promise.all([...answers, ...late.map((observer) => decide(observer, sessionId, key))])
    })
    for (const [index, answers] of (await Promise.all(all)).entries()) told.set(wave[index] ?? '', answers)
  }
  busy = false
  await cutting
  const resolved = (log: Map<number, Entry>) => [...log.values()].filter(({ kind }) => kind === 'request_resolved')
  await until(() => observers.every(({ log }) => resolved(log).length === REQUESTS))

  expect(cuts).toBeGreaterThan(PEOPLE.length)
  expect(agent.applied.size).toBe(REQUESTS)
  const winners = keys.map((key) => winnerOf(key, told.get(key) ?? [], agent.applied.get(key)))
  expect(new Set(winners).size).toBeGreaterThan(1)
  // Every observer has the same log, whole, however often it was cut off.
  const { entries, head } = await readAll(owner, sessionId)
  for (const { log } of observers) {
    expect([...log.keys()].toSorted((a, b) => a - b)).toEqual(entries.map(({ seq }) => seq))
    for (const entry of entries) expect(log.get(entry.seq)?.response).toBe(entry.response)
  }
  expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: head }, (_, index) => index + 1))
}, 60_000)

/** @returns the name of whoever it was; everybody else was told that, each time that they asked */
function winnerOf(key: string, told: readonly Told[], applied: unknown): string {
  const won = told.filter(({ answers }) => answers.some((answer) => answer.ok))
  const [winner] = won
  if (winner === undefined || won.length > 1) throw new Error(`${key} was decided ${won.length} times`)
  const { name, device, behavior } = winner.observer.person
  // The repeat of what counted gets the same answer.
  const seqs = new Set(winner.answers.map((answer) => (answer.ok ? answer.seq : 0)))
  expect(seqs.size).toBe(1)
  for (const answer of told.filter((one) => one !== winner).flatMap(({ answers }) => answers)) {
    const message = expect.stringContaining(`${name} (${device})`)
    expect(answer).toMatchObject({ ok: false, error: { code: 'ALREADY_DECIDED', message } })
  }
  expect(applied).toMatchObject([{ by: { name, device }, behavior }])
  const about = [...winner.observer.log.values()].filter((entry) => entry.key === key)
  const entries = about.toSorted((a, b) => a.seq - b.seq)
  const [seq] = seqs
  expect(entries).toMatchObject([
    { kind: 'request' },
    { kind: 'decision', seq, author: { name, device } },
    { kind: 'request_resolved' },
  ])
  expect(JSON.parse(entries[1]?.response ?? '')).toMatchObject({ behavior, message: name })
  expect(JSON.parse(entries[2]?.response ?? '')).toMatchObject({ behavior, by: { name, device } })
  return name
}

async function readAll(browser: TestBrowser, sessionId: string): Promise<{ entries: Entry[]; head: number }> {
  const { head } = ok(await browser.emitWithAck('subscribe', { sessionId }))
  const entries: Entry[] = []
  while ((entries.at(-1)?.seq ?? 0) < head) {
    const page = ok(await browser.emitWithAck('read', { sessionId, after: entries.at(-1)?.seq ?? 0, limit: 500 }))
    entries.push(...page.entries)
  }
  return { entries, head }
}
