import { randomUUID } from 'node:crypto'
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { commandResponsesSchema, parseBody, type AgentCommand } from '@farhand/shared'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory, until } from '../../test/temporary.ts'
import { AlreadyRunningError } from './lock.ts'
import type { NewResponse } from './outbox.ts'
import { openSpool, type Spool } from './spool.ts'

const SESSION = randomUUID()
const say = (data: string): NewResponse => ({ kind: 'text', data, isComplete: false, status: 'streaming' })
const numbers = (spool: Spool, from = 1, to = 1_000, bytes = 1_000_000) =>
  spool.outbox.read(SESSION, from, to, bytes).responses.map(({ n, data }) => `${n} ${data}`)
const commit = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

function open(directory: string): Spool {
  return openSpool(directory, Date)
}

function command(part: Partial<AgentCommand> = {}): AgentCommand {
  return {
    type: 'agent_command',
    sessionId: SESSION,
    projectId: randomUUID(),
    seq: 1,
    inputId: randomUUID(),
    kind: 'command',
    command: 'hello',
    options: {},
    author: { id: 'u', name: 'U' },
    at: 1,
    ...part,
  }
}

test('[AG4] numbers are dense from 1, also over restarts and after everything was forgotten', async () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  first.outbox.append(SESSION, SESSION, 5, [say('a'), say('b')])
  first.outbox.append(SESSION, SESSION, 6, [say('c')])
  await commit()
  expect(numbers(first)).toEqual(['1 a', '2 b', '3 c'])
  first.outbox.forget(SESSION, 3)
  first.close()

  const second = open(directory)
  expect(second.outbox.position(SESSION)).toEqual({ sessionId: SESSION, acked: 3, last: 3 })
  second.outbox.append(SESSION, SESSION, 7, [say('d')])
  await commit()
  expect(numbers(second, 4)).toEqual(['4 d'])
  second.close()
})

test('[AG1] the connection number grows over restarts; ids stay', () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  const { agentId } = first.registry
  const projectId = first.registry.projectId('/code/shop')
  expect([first.registry.nextConnNo(), first.registry.nextConnNo()]).toEqual([1, 2])
  first.close()
  const second = open(directory)
  expect(second.registry.agentId).toBe(agentId)
  expect(second.registry.projectId('/code/shop')).toBe(projectId)
  expect(second.registry.projectId('/code/other')).not.toBe(projectId)
  expect(second.registry.nextConnNo()).toBe(3)
  second.close()
})

test('what is written in one tick is one commit', async () => {
  const spool = open(temporaryDirectory())
  let commits = 0
  spool.onCommitted(() => (commits += 1))
  for (let index = 0; index < 50; index += 1) spool.outbox.append(SESSION, SESSION, 1, [say('x')])
  expect(spool.outbox.position(SESSION).last).toBe(0)
  await commit()
  expect(spool.outbox.position(SESSION).last).toBe(50)
  expect(commits).toBe(1)
  spool.close()
})

test('a batch is as large as it may be, and never empty', async () => {
  const spool = open(temporaryDirectory())
  spool.outbox.append(SESSION, SESSION, 1, [say('x'.repeat(100)), say('y'.repeat(100)), say('z')])
  await commit()
  expect(spool.outbox.read(SESSION, 1, 3, 150).responses).toHaveLength(1)
  expect(spool.outbox.read(SESSION, 1, 3, 201)).toMatchObject({ bytes: 201, responses: [{ n: 1 }, { n: 2 }, { n: 3 }] })
  expect(spool.outbox.read(SESSION, 1, 3, 10).responses).toHaveLength(1)
  spool.close()
})

test('numbers that a restored relay asks for again are filled, always the same', async () => {
  const directory = temporaryDirectory()
  const before = open(directory)
  before.outbox.append(SESSION, SESSION, 1, [say('a'), say('b'), say('c')])
  await commit()
  before.outbox.forget(SESSION, 2)
  before.close()
  const spool = open(directory)
  const read = () => spool.outbox.read(SESSION, 1, 3, 1_000).responses
  expect(read().map(({ n, kind }) => `${n} ${kind}`)).toEqual(['1 notice', '2 notice', '3 text'])
  expect(read()).toEqual(read())
  spool.close()
})

test('[CMD3] an input is taken once, however often it comes', () => {
  const directory = temporaryDirectory()
  const spool = open(directory)
  const input = command()
  expect(spool.inbox.accept([input, input])).toHaveLength(1)
  expect(spool.inbox.accept([input])).toEqual([])
  spool.inbox.start(input.inputId)
  spool.close()
  const again = open(directory)
  expect(again.inbox.accept([input])).toEqual([])
  expect(again.inbox.open('started').map((item) => item.input)).toEqual([input])
  again.inbox.finish(input.inputId)
  again.close()
  const last = open(directory)
  expect([last.inbox.open('started'), last.inbox.open('accepted'), last.inbox.accept([input])]).toEqual([[], [], []])
  last.close()
})

test('[CMD6] waiting commands come back in their order, as they were changed', () => {
  const directory = temporaryDirectory()
  const spool = open(directory)
  const [a, b, c] = [command({ seq: 1 }), command({ seq: 2 }), command({ seq: 3 })]
  const [, second] = spool.inbox.accept([a, b, c])
  if (second === undefined) throw new Error('it was accepted')
  spool.inbox.edit({ ...second, input: { ...b, command: 'changed' }, position: 9 })
  spool.close()
  const again = open(directory)
  expect(again.inbox.open('accepted').map((item) => [item.input.inputId, item.input.command])).toEqual([
    [a.inputId, 'hello'],
    [c.inputId, 'hello'],
    [b.inputId, 'changed'],
  ])
  again.close()
})

test('one process works on a directory; a second one is refused in words, and may come when the first is gone', () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  expect(() => open(directory)).toThrow(AlreadyRunningError)
  first.close()
  open(directory).close()
})

test('a lock that is damaged is made anew, and one that cannot be taken for another reason says which', () => {
  const directory = temporaryDirectory()
  writeFileSync(join(directory, 'lock.db'), 'x'.repeat(4_096))
  const first = open(directory)
  expect(() => open(directory)).toThrow(AlreadyRunningError)
  first.close()
  const other = temporaryDirectory()
  mkdirSync(join(other, 'lock.db'))
  expect(() => open(other)).toThrow(expect.not.objectContaining({ name: 'AlreadyRunningError' }))
})

test('nobody else may read the directory', () => {
  const directory = join(temporaryDirectory(), 'new')
  open(directory).close()
  expect(statSync(directory).mode & 0o777).toBe(0o700)
})

test('a state of a newer agent is refused, not touched', () => {
  const directory = temporaryDirectory()
  open(directory).close()
  const db = new DatabaseSync(join(directory, 'agent.db'))
  db.exec('PRAGMA user_version = 99')
  db.close()
  expect(() => open(directory)).toThrow(/another version/)
  expect(() => open(directory)).toThrow(/another version/) // and the lock was given back
})

/** As versions before the fourth one laid it out. */
const OLDER = `
  CREATE TABLE older (session_id TEXT NOT NULL, n INTEGER NOT NULL, bytes INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (session_id, n)) STRICT, WITHOUT ROWID;
  INSERT INTO older SELECT * FROM outbox;
  DROP TABLE outbox;
  ALTER TABLE older RENAME TO outbox;
  PRAGMA user_version = 3`

test('[AG4] what an older agent had not sent is sent by this one', async () => {
  const directory = temporaryDirectory()
  const older = open(directory)
  older.outbox.append(SESSION, SESSION, 5, [say('a'), say('b'), say('c')])
  await commit()
  older.close()
  const db = new DatabaseSync(join(directory, 'agent.db'))
  db.exec(OLDER)
  db.close()
  const spool = open(directory)
  expect(numbers(spool)).toEqual(['1 a', '2 b', '3 c'])
  spool.outbox.append(SESSION, SESSION, 6, [say('d')])
  await commit()
  expect(numbers(spool, 2)).toEqual(['2 b', '3 c', '4 d'])
  spool.close()
})

test('AGENT_STORAGE: what the disk does not take is told, kept in order, and written when it can be', async () => {
  const directory = temporaryDirectory()
  const spool = open(directory)
  const failures: string[] = []
  spool.onFailed((error) => failures.push(error.code))
  // Another program that holds the write lock is the disk that fails, as far as this process can tell.
  const other = new DatabaseSync(join(directory, 'agent.db'))
  other.exec('BEGIN IMMEDIATE')
  spool.outbox.append(SESSION, SESSION, 1, [say('a')])
  await commit()
  expect(failures).toEqual(['AGENT_STORAGE'])
  const input = command()
  expect(() => spool.inbox.accept([input])).toThrow(expect.objectContaining({ code: 'AGENT_STORAGE' }))
  // Told once, until something is written again.
  expect(failures).toHaveLength(1)
  spool.outbox.append(SESSION, SESSION, 1, [say('b')])
  other.exec('ROLLBACK')
  other.close()
  await until('the retry', () => spool.outbox.position(SESSION).last === 2)
  expect(numbers(spool)).toEqual(['1 a', '2 b'])
  // What was refused was not kept in secret.
  expect(spool.inbox.accept([input])).toHaveLength(1)
  spool.close()
})

test('AGENT_STORAGE: a request that was resolved while the disk failed is not resolved once more after a restart', async () => {
  const directory = temporaryDirectory()
  const spool = open(directory)
  spool.requests.add({ requestId: 'r', sessionId: SESSION, commandId: 'c' })
  await commit()
  const other = new DatabaseSync(join(directory, 'agent.db'))
  other.exec('BEGIN IMMEDIATE')
  expect(() => spool.requests.remove('r')).toThrow(expect.objectContaining({ code: 'AGENT_STORAGE' }))
  expect(spool.requests.list()).toHaveLength(1)
  other.exec('ROLLBACK')
  other.close()
  await until('the retry', () => spool.requests.list().length === 0)
  spool.close()
})

test('[LOG8] nothing is appended to a log that was left behind: it is written anew first, into the database', async () => {
  const directory = temporaryDirectory()
  const log = join(directory, 'agent.db-wal')
  const spool = open(directory)
  spool.outbox.append(SESSION, SESSION, 1, [say('a')])
  await commit()
  const reader = new DatabaseSync(join(directory, 'agent.db')) // so that the log outlives its writer, as after a kill
  reader.prepare('SELECT * FROM meta').all()
  spool.close()
  expect(statSync(log).size).toBeGreaterThan(0)
  const again = open(directory)
  expect(statSync(log).size).toBe(0)
  expect(numbers(again)).toEqual(['1 a'])
  reader.close()
  again.close()
})

test('[AG4] after kill -9 everything that was committed is there, dense and once, and the lock is free', async () => {
  const directory = temporaryDirectory()
  const writer = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'spoolWriter.ts')
  for (let round = 0; round < 3; round += 1) {
    const child = execa(process.execPath, [writer, directory, SESSION], { reject: false, buffer: false })
    onTestFinished(() => void child.kill('SIGKILL'))
    let told = ''
    child.stdout.on('data', (chunk: Buffer) => (told += chunk.toString()))
    await until('some commits', () => told.split('\n').length > 5)
    child.kill('SIGKILL')
    await child
    const committed = Number(told.trim().split('\n').at(-1))
    const spool = open(directory)
    const { last } = spool.outbox.position(SESSION)
    expect(last).toBeGreaterThanOrEqual(committed)
    const { responses } = spool.outbox.read(SESSION, 1, last, 100_000_000)
    expect(responses.map(({ data }) => data)).toEqual(Array.from({ length: last }, (_, index) => `line ${index + 1}`))
    spool.close()
  }
})

test('what cannot be read inside a row is gone without, and takes nothing else with it', () => {
  const directory = temporaryDirectory()
  const first = open(directory)
  first.requests.add({ requestId: 'r', sessionId: SESSION, commandId: 'c' })
  first.sessions.update(SESSION, { claudeSessionId: 'known', settings: { model: 'opus', effort: 'high' } })
  first.facts.set(SESSION, { directory: '/code/shop', importedFrom: 'known' })
  first.close()
  const db = new DatabaseSync(join(directory, 'agent.db'))
  db.exec("UPDATE open_requests SET call = '{'")
  db.exec(`UPDATE sessions SET settings = '{"model":"opus","effort":"of a later version"}'`)
  db.exec(`UPDATE session_facts SET facts = '{"directory":"/code/shop","importedFrom":7}'`)
  db.exec("INSERT INTO tool_calls (body) VALUES ('not JSON')")
  db.close()
  const lost: string[] = []
  const again = openSpool(directory, Date, { unreadable: (what) => lost.push(what) })
  expect(again.requests.list()).toEqual([{ requestId: 'r', sessionId: SESSION, commandId: 'c' }])
  expect(again.sessions.get(SESSION)).toMatchObject({ claudeSessionId: 'known', settings: { model: 'opus' } })
  expect(again.facts.get(SESSION)).toEqual({ directory: '/code/shop' })
  expect(again.toolCalls.list()).toEqual([])
  expect(lost).toEqual(['call', 'importedFrom'])
  again.close()
})

test('[AG4] a response that the relay would refuse does not hold back the others, and an end stays an end', async () => {
  const spool = open(temporaryDirectory())
  const end: NewResponse = { kind: 'run_finished', data: '{}', isComplete: true, status: 'complete' }
  spool.outbox.append(SESSION, SESSION, 1, [say('a'), { ...say('b'), key: 'x'.repeat(201) }])
  spool.outbox.append(SESSION, SESSION, -1, [end])
  await commit()
  const { responses } = spool.outbox.read(SESSION, 1, 3, 1_000_000)
  expect(commandResponsesSchema.safeParse(responses).success).toBe(true)
  expect(responses).toMatchObject([
    { n: 1, kind: 'text', data: 'a' },
    { n: 2, kind: 'notice', data: expect.stringContaining('malformed_response') },
    { n: 3, kind: 'run_finished', isComplete: true, status: 'error', code: 'INTERNAL' },
  ])
  expect(parseBody('run_finished', responses[2]?.data ?? '').kind).not.toBe('unknown')
  spool.close()
})

test('[AG4] what a session said is dropped when nobody wants it any more; its numbers stay given', async () => {
  const directory = temporaryDirectory()
  const spool = open(directory)
  spool.outbox.append(SESSION, SESSION, 1, [say('secret'), say('words')])
  await commit()
  spool.outbox.append(SESSION, SESSION, 1, [say('the end')])
  spool.outbox.drop(SESSION)
  await commit()
  expect(spool.outbox.unsent()).toEqual([])
  spool.close()
  const again = open(directory)
  expect(again.outbox.unsent()).toEqual([])
  expect(again.outbox.position(SESSION)).toEqual({ sessionId: SESSION, acked: 3, last: 3 })
  again.outbox.append(SESSION, SESSION, 1, [say('d')])
  await commit()
  expect(numbers(again, 4)).toEqual(['4 d'])
  again.close()
  const db = new DatabaseSync(join(directory, 'agent.db'))
  expect(db.prepare('SELECT n FROM outbox').all()).toEqual([{ n: 4 }])
  db.close()
})
