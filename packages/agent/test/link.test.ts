import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AgentCommand } from '@farhand/shared'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readKnown } from '../src/drift/known.ts'
import { openHouse, type House } from './house.ts'
import { AUTHOR, startRelay } from './relay.ts'
import { until } from './temporary.ts'

/** The agent's link to the relay. Claude Code is a stand-in that answers at once. */

const CLAUDE = 'answers.mjs'
/** How many responses the agent keeps for the relay. */
function unsent({ directory }: House): number {
  const db = new DatabaseSync(join(directory, 'agent', 'agent.db'), { readOnly: true })
  try {
    return Number(db.prepare('SELECT count(*) AS count FROM outbox').get()?.['count'])
  } finally {
    db.close()
  }
}

const words = (count: number) => Array.from({ length: count }, (_, index) => `word ${index}`)

describe('connecting', () => {
  test('[CON1] the hello comes first, with everything of the agent', async () => {
    const house = await openHouse({ claude: CLAUDE })
    expect(house.relay.hellos[0]).toMatchObject({
      protocol: 1,
      agentId: house.agent().agentId,
      connNo: 1,
      name: 'workstation',
      projects: [{ name: 'shop', path: house.project }],
      sessions: [],
    })
    await until('a status', () =>
      house.relay.statuses.some(({ claude }) => claude.version === readKnown().version && claude.loggedIn === true),
    )
    expect(house.relay.complaints).toEqual([])
    expect(house.lines).toContain(`Connected to ${house.relay.url}`)
  })

  test('[AG1] every attempt has a greater number, also after a restart; ids stay', async () => {
    const house = await openHouse({ claude: CLAUDE })
    const [first] = house.relay.hellos
    house.relay.socket()?.disconnect(true)
    await until('the second hello', () => house.relay.hellos.length === 2)
    await house.stop()
    await house.start()
    const numbers = house.relay.hellos.map(({ connNo }) => connNo)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
    expect(new Set(numbers).size).toBe(3)
    expect(house.relay.hellos.at(-1)).toMatchObject({ agentId: first?.agentId, projects: first?.projects })
  })

  test('[AG2] one that is fenced ends with 3, and dials no more', async () => {
    const house = await openHouse({ claude: CLAUDE })
    house.relay.socket()?.emit('fenced', { epoch: 9, reason: 'A newer connection of this agent took over.' })
    expect(await house.agent().ended).toBe(3)
    await sleep(1_000)
    expect(house.relay.hellos).toHaveLength(1)
    expect(house.lines).toContainEqual(expect.stringMatching(/^FENCED: /))
  })

  test.for(['handshake', 'hello'] as const)('another protocol, told at the %s, ends the agent in words', async (at) => {
    const house = await openHouse({ claude: CLAUDE })
    house.relay.refuse = { at, code: 'UPGRADE_REQUIRED' }
    house.relay.socket()?.disconnect(true)
    expect(await house.agent().ended).toBe(1)
    expect(house.lines).toContainEqual(expect.stringMatching(/^UPGRADE_REQUIRED: .*Update Farhand/))
  })

  test('a token that is not valid is told once, and not tried again at once', async () => {
    const house = await openHouse({ claude: CLAUDE })
    house.relay.refuse = { at: 'handshake', code: 'UNAUTHENTICATED' }
    house.relay.socket()?.disconnect(true)
    await until('the line', () => house.lines.some((line) => line.startsWith('UNAUTHENTICATED')))
    house.relay.refuse = undefined
    await sleep(1_500)
    expect(house.relay).toMatchObject({ handshakes: 2, hellos: { length: 1 } })
    expect(house.lines.filter((line) => line.startsWith('UNAUTHENTICATED'))).toHaveLength(1)
  })

  test('[CON4] packets of any shape end nothing', async () => {
    const house = await openHouse({ claude: CLAUDE })
    const socket = house.relay.socket()
    const shapeless = socket as unknown as {
      emit(event: string, ...args: unknown[]): void
      emitWithAck(event: string, ...args: unknown[]): Promise<unknown>
    }
    for (const event of ['agent_command', 'agent_request', 'ack_responses', 'gap', 'goodbye', 'nonsense']) {
      for (const payload of [undefined, null, 7, 'x', [], { sessionId: 3 }]) shapeless.emit(event, payload)
    }
    expect(await shapeless.emitWithAck('agent_command', { kind: 'command' })).toMatchObject({
      ok: false,
      error: { code: 'BAD_REQUEST' },
    })
    const session = house.session()
    expect((await session.end(await session.command('still here'))).response.status).toBe('complete')
    expect(house.relay.hellos).toHaveLength(1)
  })

  test('questions of the relay are answered, unknown ones too', async () => {
    const house = await openHouse({ claude: CLAUDE })
    expect(await house.relay.request('claude_status')).toMatchObject({
      ok: true,
      result: { version: readKnown().version, loggedIn: true },
    })
    expect(await house.relay.request('make_coffee')).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
  })
})

describe('responses', () => {
  test('[AG4] what is said while the relay is away arrives when it is back, in order and once', async () => {
    const house = await openHouse({ claude: CLAUDE })
    const session = house.session()
    await session.end(await session.command('before'))
    house.relay.silent = true
    const last = await session.command('unacknowledged')
    await session.end(last)
    const logs = new Map([[session.sessionId, house.relay.log(session.sessionId).slice(0, 5)]])
    await house.relay.close()
    await house.stop()
    // The relay comes back with an older state than it had sent, the agent from its disk.
    const back = await startRelay({ port: house.relay.port, logs })
    onTestFinished(() => back.close())
    await house.start({ relay: back })
    const arrived = () => back.log(session.sessionId).some((one) => one.commandId === last && one.isComplete)
    await until('the rest', arrived)
    expect(back.log(session.sessionId).map(({ n }) => n)).toEqual(
      back.log(session.sessionId).map((_, index) => index + 1),
    )
    expect(back.complaints).toEqual([])
  })

  test('[AG4] no more than a window is under way, and acknowledgements move it on', async () => {
    const house = await openHouse({ claude: CLAUDE })
    const session = house.session()
    house.relay.silent = true
    const ids = []
    for (const word of words(250)) ids.push(await session.command(word))
    await until('the window', () => house.relay.received() >= 512, 20_000)
    await sleep(300)
    expect(house.relay.received()).toBe(512)
    house.relay.silent = false
    house.relay.socket()?.emit('ack_responses', { sessionId: session.sessionId, n: 512 })
    await session.end(ids.at(-1) ?? '', 20_000)
    expect(
      session
        .log()
        .filter(({ isComplete }) => isComplete)
        .map(({ commandId }) => commandId),
    ).toEqual(ids)
  })

  test('a gap is filled from the place that was named', async () => {
    const house = await openHouse({ claude: CLAUDE })
    const session = house.session()
    house.relay.silent = true
    await session.end(await session.command('hello'))
    const all = session.log()
    const before = house.relay.received()
    house.relay.socket()?.emit('gap', { sessionId: session.sessionId, lastN: 1 })
    await until('the repeat', () => house.relay.received() === before + all.length - 1)
    expect(house.relay.complaints).toEqual([])
  })

  test('[AG4] a relay that was restored from an older copy gets every number again', async () => {
    const house = await openHouse({ claude: CLAUDE })
    const session = house.session()
    await session.end(await session.command('first'))
    await session.end(await session.command('second'))
    await until('all of it to be acknowledged and forgotten', () => unsent(house) === 0)
    house.relay.log(session.sessionId).splice(2)
    house.relay.socket()?.disconnect(true)
    const third = await (async () => {
      await until('the second hello', () => house.relay.hellos.length === 2)
      return session.command('third')
    })()
    await session.end(third)
    expect(session.log().map(({ n }) => n)).toEqual(session.log().map((_, index) => index + 1))
    expect(session.bodies('notice')).toContainEqual(expect.objectContaining({ type: 'forgotten' }))
  })

  test('a session that the relay does not know is kept back, and the others go on', async () => {
    const house = await openHouse({ claude: CLAUDE })
    const [lost, other] = [house.session(), house.session()]
    await lost.end(await lost.command('first'))
    house.relay.log(lost.sessionId).splice(0)
    house.relay.socket()?.disconnect(true)
    await until('the second hello', () => house.relay.hellos.length === 2)
    await other.end(await other.command('hello'))
    expect(lost.log()).toEqual([])
  })

  test('AGENT_STORAGE: a disk that fails ends the run, and nothing that was said is lost', async () => {
    const house = await openHouse({ claude: 'drips.mjs' })
    const session = house.session()
    const commandId = await session.command('hello')
    await until('some text', () => session.kinds().includes('text'))
    // Another program that holds the write lock is the disk that fails, as far as the agent can tell.
    const other = new DatabaseSync(join(house.directory, 'agent', 'agent.db'))
    other.exec('BEGIN IMMEDIATE')
    await until('the line', () => house.lines.some((line) => line.startsWith('AGENT_STORAGE')))
    await expect(session.command('refused')).rejects.toThrow('AGENT_STORAGE')
    other.exec('ROLLBACK')
    other.close()
    expect((await session.end(commandId)).response.code).toBe('AGENT_STORAGE')
    expect(Object.values(session.streamed()).join('')).toMatch(/^(drip )+$/)
    expect(house.relay.complaints).toEqual([])
    const after = await session.command('quiet')
    await session.input('cancel', { commandId: after })
    expect((await session.end(after)).response.code).toBe('CANCELLED')
  })
})

describe('inputs', () => {
  const input = (part: Partial<AgentCommand>, projectId: string): AgentCommand => ({
    type: 'agent_command',
    sessionId: randomUUID(),
    projectId,
    seq: 1,
    inputId: randomUUID(),
    kind: 'command',
    command: 'hello',
    options: {},
    author: AUTHOR,
    at: Date.now(),
    ...part,
  })

  test('[CMD3] the same input is acknowledged each time and run once', async () => {
    const house = await openHouse({ claude: CLAUDE })
    const session = house.session()
    const commandId = randomUUID()
    for (let time = 0; time < 3; time += 1) await session.command('once', { commandId })
    await session.end(commandId)
    await session.command('once', { commandId })
    await session.end(await session.command('after'))
    expect(session.bodies('run_started')).toHaveLength(2)
  })

  test('[CMD5] a cancel that waits with its command comes first: nothing is begun', async () => {
    const house = await openHouse({ claude: CLAUDE })
    const projectId = house.relay.hellos[0]?.projects[0]?.projectId ?? ''
    const command = input({}, projectId)
    const { sessionId, inputId } = command
    const cancel = input(
      { sessionId, seq: 2, kind: 'cancel', command: JSON.stringify({ commandId: inputId }) },
      projectId,
    )
    house.relay.waiting = [command, cancel]
    house.relay.socket()?.disconnect(true)
    await until('the end', () => house.relay.log(sessionId).length > 0)
    expect(house.relay.log(sessionId)).toEqual([
      expect.objectContaining({ kind: 'run_finished', commandId: inputId, code: 'CANCELLED' }),
    ])
  })

  test('[CMD2] what waited at the relay runs when the agent is back, oldest first', async () => {
    const house = await openHouse({ claude: CLAUDE })
    const projectId = house.relay.hellos[0]?.projects[0]?.projectId ?? ''
    await house.stop()
    const first = input({ command: 'first' }, projectId)
    const second = input({ sessionId: first.sessionId, seq: 2, command: 'second' }, projectId)
    house.relay.waiting = [first, second]
    await house.start()
    const ended = () => house.relay.log(first.sessionId).filter(({ isComplete }) => isComplete)
    await until('both ends', () => ended().length === 2)
    expect(ended().map(({ commandId }) => commandId)).toEqual([first.inputId, second.inputId])
  })

  test('[CMD6] changes that waited for the agent together with their commands reach them before they begin', async () => {
    const house = await openHouse({ claude: CLAUDE })
    const projectId = house.relay.hellos[0]?.projects[0]?.projectId ?? ''
    await house.stop()
    const withdrawn = input({ command: 'withdrawn' }, projectId)
    const { sessionId } = withdrawn
    const edited = input({ sessionId, seq: 2, command: 'edited' }, projectId)
    const change = (seq: number, body: object) =>
      input({ sessionId, seq, kind: 'queue', command: JSON.stringify(body) }, projectId)
    house.relay.waiting = [
      withdrawn,
      edited,
      change(3, { action: 'withdraw', commandId: withdrawn.inputId }),
      change(4, { action: 'edit', commandId: edited.inputId, command: 'changed' }),
      change(5, { action: 'edit', commandId: randomUUID(), command: 'of nothing that waits' }),
    ]
    await house.start()
    const ended = () => house.relay.log(sessionId).filter(({ isComplete }) => isComplete)
    await until('both ends', () => ended().length === 2)
    expect(ended().map(({ commandId, code }) => [commandId, code])).toEqual([
      [withdrawn.inputId, 'CANCELLED'],
      [edited.inputId, undefined],
    ])
    expect(ended()[1]?.data).toContain('changed')
    const told = house.relay.log(sessionId).flatMap(({ kind, data }) => (kind === 'notice' ? [JSON.parse(data)] : []))
    expect(told).toEqual([
      expect.objectContaining({ type: 'queue', action: 'edit', commandId: edited.inputId }),
      expect.objectContaining({ type: 'queue_late', action: 'edit' }),
    ])
  })

  test('a command of a project that is not served here is refused', async () => {
    const house = await openHouse({ claude: CLAUDE })
    const command = input({}, randomUUID())
    expect(await house.relay.send(command)).toEqual({ ok: true })
    await until('the end', () => house.relay.log(command.sessionId).length > 0)
    expect(house.relay.log(command.sessionId)).toEqual([expect.objectContaining({ code: 'NOT_FOUND' })])
  })

  test('[CMD2] one that waited here beyond its time is EXPIRED, whatever the clocks say', async () => {
    const house = await openHouse({ claude: 'drips.mjs' })
    const projectId = house.relay.hellos[0]?.projects[0]?.projectId ?? ''
    const busy = input({}, projectId)
    const at = 1_000 // the relay's clock is decades behind
    const waiting = input({ sessionId: busy.sessionId, seq: 2, at, expiresAt: at + 300 }, projectId)
    await house.relay.send(busy)
    await house.relay.send(waiting)
    await sleep(500)
    await house.relay.send(
      input(
        { sessionId: busy.sessionId, seq: 3, kind: 'cancel', command: JSON.stringify({ commandId: busy.inputId }) },
        projectId,
      ),
    )
    await until(
      'the end',
      () => house.relay.log(busy.sessionId).some(({ commandId }) => commandId === waiting.inputId),
      15_000,
    )
    expect(house.relay.log(busy.sessionId).at(-1)).toMatchObject({ commandId: waiting.inputId, code: 'EXPIRED' })
  })
})

describe('the queue', () => {
  test('[CMD6] follow-ups run in order; they can be changed, moved, withdrawn and sent at once', async () => {
    const house = await openHouse({
      script: (turn) =>
        turn.prompt === 'busy'
          ? { blocks: [{ type: 'text', text: 'x'.repeat(100), chunks: 100, delayMs: 200 }] }
          : { blocks: [{ type: 'text', text: `You said ${turn.prompt}` }] },
    })
    const session = house.session()
    const busy = await session.command('busy')
    const [a, b, c, d] = [
      await session.command('a'),
      await session.command('b'),
      await session.command('c'),
      await session.command('d'),
    ]
    await until('it runs', () => session.kinds().includes('run_started'))
    await session.input('queue', { action: 'withdraw', commandId: b })
    await session.input('queue', { action: 'edit', commandId: c, command: 'changed' })
    await session.input('queue', { action: 'move', commandId: d, before: a })
    await session.input('queue', { action: 'send_now', commandId: c })
    await session.end(a)
    const ends = session.log().filter(({ isComplete }) => isComplete)
    expect(ends.map(({ commandId, code }) => [commandId, code])).toEqual([
      [b, 'CANCELLED'],
      [busy, 'CANCELLED'],
      [c, undefined],
      [d, undefined],
      [a, undefined],
    ])
    expect((await session.end(c)).body.result).toBe('You said changed')
    expect(session.bodies('notice').map((notice) => (notice as { action?: string }).action)).toEqual([
      'edit',
      'move',
      'send_now',
    ])
  })

  test('[CMD6] what waits runs after a restart', async () => {
    const house = await openHouse({ claude: CLAUDE })
    const session = house.session()
    const ids = []
    for (const word of words(20)) ids.push(await session.command(word))
    await house.stop()
    await house.start()
    await session.end(ids.at(-1) ?? '')
    const ends = session.log().filter(({ isComplete }) => isComplete)
    expect(ends.map(({ commandId }) => commandId)).toEqual(ids)
    // At most the one that ran when the agent was stopped has an unknown outcome.
    expect(ends.filter(({ code }) => code === 'INTERRUPTED').length).toBeLessThanOrEqual(1)
  })
})
