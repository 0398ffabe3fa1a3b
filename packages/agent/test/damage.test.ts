import { closeSync, openSync, readFileSync, readdirSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { findMarked } from '../src/process/sweep.ts'
import { isDamage } from '../src/spool/damage.ts'
import { openSpool } from '../src/spool/spool.ts'
import { openHouse } from './house.ts'
import { command, place, startIn } from './program.ts'
import { temporaryDirectory, until } from './temporary.ts'

/** The agent's own state is damaged: it is put aside, told, and begun anew, and the agent stays who it was. */

const PAGE_BYTES = 4096
const SESSION = '00000000-0000-4000-8000-000000000001'

/** Flips every bit of the pages from `first` on, as a failing disk might. */
function damage(file: string, first: number): void {
  const bytes = readFileSync(file).map((byte, index) => (index >= first * PAGE_BYTES ? byte ^ 0xff : byte))
  const handle = openSync(file, 'r+')
  writeSync(handle, bytes)
  closeSync(handle)
}

const putAside = (directory: string) =>
  readdirSync(directory).filter((name) => /^agent\.db\.damaged-[\dT.Z-]+$/.test(name))

test.for([
  ['from its first byte on', 0],
  ['in the middle', 2],
] as const)('[F46] the database is damaged %s: at the start', async ([, firstPage]) => {
  const house = await openHouse({ claude: 'answers.mjs' })
  const session = house.session()
  await session.end(await session.command('before'))
  const said = session.log().length
  const [first] = house.relay.hellos
  await house.stop()
  const directory = join(house.directory, 'agent')
  damage(join(directory, 'agent.db'), firstPage)
  await house.start()

  expect(putAside(directory)).toHaveLength(1)
  expect(house.lines).toContainEqual(expect.stringMatching(/^AGENT_STORAGE: .* put aside as .*agent\.db\.damaged-/))
  const last = house.relay.hellos.at(-1)
  expect(last).toMatchObject({ agentId: first?.agentId, projects: first?.projects, sessions: [], open: [] })
  expect(last?.connNo).toBeGreaterThan(first?.connNo ?? 0)
  // The relay knows the session; its numbers go on behind what it holds.
  expect((await session.end(await session.command('after'))).response.status).toBe('complete')
  expect(session.log().map(({ n }) => n)).toEqual(session.log().map((_, index) => index + 1))
  expect(session.log().length).toBeGreaterThan(said)
  expect(house.relay.complaints).toEqual([])
})

test('[F46] in the middle of a run: the agent begins a new one by itself, and says that it does not hold the run', async () => {
  const at = await place('ignores-everything.mjs')
  const started = await startIn(at)
  const input = command(at)
  await at.relay.send(input)
  await until('some text', () => at.relay.log(input.sessionId).some(({ kind }) => kind === 'text'))
  const directory = at.env['AGENT_DIR'] ?? ''
  // The last of the three is shared memory: without it SQLite has to look at the others again.
  for (const name of ['agent.db', 'agent.db-wal', 'agent.db-shm']) {
    const file = join(directory, name)
    writeFileSync(file, Buffer.alloc(statSync(file).size, 0x5a))
  }
  const answer = await at.relay.send(command(at)).catch((error: unknown) => error)
  await until('the second hello', () => at.relay.hellos.length > 1, 20_000)
  expect(started.stdout()).toContain('AGENT_STORAGE')
  expect(answer).not.toMatchObject({ ok: true })
  const [first, second] = at.relay.hellos
  expect(second).toMatchObject({ agentId: first?.agentId, projects: first?.projects, open: [] })
  expect(second?.connNo).toBeGreaterThan(first?.connNo ?? 0)
  expect(putAside(directory)).toHaveLength(1)
  const marker =
    at.relay
      .log(input.sessionId)
      .find(({ kind }) => kind === 'text')
      ?.data.replace('marker ', '') ?? ''
  expect(findMarked(new Set([marker]))).toEqual([])
  const next = command(at)
  expect(await at.relay.send(next)).toMatchObject({ ok: true })
  await until('the next run', () => at.relay.log(next.sessionId).some(({ kind }) => kind === 'text'))
})

test('[F46] damage that nobody has met yet is looked for', async () => {
  const directory = temporaryDirectory()
  const spool = openSpool(directory, Date, { checkMs: 50 })
  const damaged = new Promise((resolve) => spool.onDamaged(resolve))
  for (let n = 1; n <= 200; n += 1) {
    const response = { kind: 'text', data: 'x'.repeat(1_000), isComplete: false, status: 'streaming' as const }
    spool.outbox.append(SESSION, SESSION, n, [response])
  }
  await new Promise((resolve) => setImmediate(resolve))
  damage(join(directory, 'agent.db-wal'), 10)
  expect(isDamage(await damaged)).toBe(true)
  spool.close()
  expect(openSpool(directory, Date).outbox.positions()).toBeDefined()
})

test('[F46] a row that can not be read keeps back nothing that follows it', () => {
  const directory = temporaryDirectory()
  const spool = openSpool(directory, Date)
  const say = (data: string) =>
    spool.outbox.append(SESSION, SESSION, 1, [{ kind: 'text', data, isComplete: false, status: 'streaming' }])
  for (const word of ['one', 'two', 'three']) say(word)
  spool.close()
  const db = new DatabaseSync(join(directory, 'agent.db'))
  db.exec('UPDATE outbox SET body = substr(body, 1, 20) WHERE n = 2')
  db.exec(
    `INSERT INTO inbox (input_id, session_id, kind, state, position, payload, accepted_at)
     VALUES ('${SESSION}', '${SESSION}', 'command', 'accepted', 1, '{"broken', 1)`,
  )
  db.close()
  const again = openSpool(directory, Date)
  const { responses } = again.outbox.read(SESSION, 1, 3, 1_000)
  expect(responses.map(({ kind, n }) => [kind, n])).toEqual([
    ['text', 1],
    ['notice', 2],
    ['text', 3],
  ])
  expect(again.inbox.openCommands()).toEqual([SESSION])
  expect(again.inbox.open('accepted')).toEqual([])
  again.close()
  const third = openSpool(directory, Date)
  expect(third.inbox.openCommands()).toEqual([])
  third.close()
})

test('[F46] its identity can not be read: it says so, and is not made up anew', () => {
  const directory = temporaryDirectory()
  const spool = openSpool(directory, Date)
  const { agentId } = spool.registry
  const shop = spool.registry.projectId('/shop')
  const connNo = spool.registry.nextConnNo()
  spool.close()
  const again = openSpool(directory, Date)
  expect(again.registry).toMatchObject({ agentId })
  expect(again.registry.projectId('/shop')).toBe(shop)
  expect(again.registry.nextConnNo()).toBe(connNo + 1)
  again.close()
  writeFileSync(join(directory, 'identity.json'), '{"agentId":')
  expect(() => openSpool(directory, Date)).toThrow("identity.json can't be read")
  expect(() => openSpool(directory, Date)).toThrow("identity.json can't be read") // and the lock was given back
})
