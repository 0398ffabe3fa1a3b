import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  CLUSTER_NEEDED,
  agentAt,
  browserAt,
  openTwoRelays,
  readAt,
  respond,
  say,
  type AgentAt,
  type Reading,
  type TwoRelays,
} from '../../packages/server/test/clusterProcesses.ts'
import { PROJECT_ID, getJson, ok, until, type TestBrowser } from '../../packages/server/test/harness.ts'
import { openLinks, type Links } from '../links.ts'

/** What the bus does not bring is found in the log, in a round of a second; and this machine is busy. */
const FOUND_MS = 4_000
/** A relay that is not heard is believed in for eight seconds. */
const FORGOTTEN_MS = 14_000
/** So long nobody answers a query before its connection is given up, and somebody is told. */
const UNANSWERED_MS = 6_000
const PATIENCE_MS = 25_000
const APART_MS = 3_000
const AGAIN_MS = 1_000
const TEST_MS = 120_000

const links: Links[] = []
const cluster = await openTwoRelays(async (urls) => {
  const one = await openLinks(urls)
  links.push(one)
  return one
})
if (cluster === undefined) test(CLUSTER_NEEDED, () => console.log(CLUSTER_NEEDED))
else describeApart(cluster)

function describeApart(cluster: TwoRelays): void {
  const { first, second } = cluster
  const [ofFirst, ofSecond] = links
  if (ofFirst === undefined || ofSecond === undefined) throw new Error('two relays have two ways')
  let agent: AgentAt
  let readers: [TestBrowser, TestBrowser]
  let readings: [Reading, Reading]
  let said: { sessionId: string; commandId: string }
  let spoken = 0
  afterAll(() => cluster.close())

  /** The agent is at the first relay, and somebody at each relay reads what it says. */
  async function gather(): Promise<void> {
    agent = await agentAt(first)
    readers = [await browserAt(first), await browserAt(second)]
    said = await say(readers[1])
    await expectHandedOver(said)
    readings = [await readAt(readers[0], said.sessionId), await readAt(readers[1], said.sessionId)]
    spoken = 0
  }

  function speak(count: number): void {
    respond(agent, said, spoken + 1, spoken + count)
    spoken += count
  }

  /** What the two have heard is whole, once, and in order. */
  async function expectWhole(patienceMs = PATIENCE_MS, whose: readonly Reading[] = readings): Promise<void> {
    for (const reading of whose) {
      const count = (): number => reading.entries.filter(({ kind }) => kind === 'text').length
      await until(() => count() === spoken, `${count()} of ${spoken} came`, patienceMs)
      expect(reading.wrong).toEqual([])
    }
  }

  /** What is not acknowledged an agent says again. */
  async function expectWholeByRepeating(from: number, patienceMs: number): Promise<void> {
    const again = setInterval(() => respond(agent, said, from, spoken), AGAIN_MS)
    await expectWhole(patienceMs).finally(() => clearInterval(again))
  }

  async function expectHandedOver({ commandId }: { commandId: string }, patienceMs = PATIENCE_MS): Promise<void> {
    const times = (): number => agent.inputs.filter(({ inputId }) => inputId === commandId).length
    await until(() => times() > 0, 'it was not handed over', patienceMs)
    expect(times()).toBe(1)
  }

  /** Whoever says something to a relay without a database hears so, and does not only wait. */
  async function expectRefused(browser: TestBrowser): Promise<void> {
    const command = { projectId: PROJECT_ID, command: 'go', commandId: randomUUID() }
    const answer = await browser.timeout(UNANSWERED_MS).emitWithAck('execute_command', command)
    expect(answer).toMatchObject({ ok: false, error: { code: 'STORAGE_UNAVAILABLE' } })
  }

  const isOnlineAt = async (browser: TestBrowser): Promise<boolean> =>
    ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID })).agent.online
  const readyAt = async (relay: typeof first): Promise<number> => (await getJson(`${relay.url()}/readyz`)).status

  describe.each([
    ['first', 'refused'],
    ['first', 'silent'],
    ['second', 'refused'],
    ['second', 'silent'],
  ] as const)('the %s relay alone gets through to Redis no more, which is %s', (which, how) => {
    beforeAll(gather)

    test(
      '[F89] all entries and commands come a little later, and at once when it is back; nobody is restarted',
      async () => {
        const { redis } = which === 'first' ? ofFirst : ofSecond
        redis.shut(how)
        const shutAt = performance.now()
        while (performance.now() - shutAt < FORGOTTEN_MS) {
          speak(5)
          await expectWhole(FOUND_MS)
          await sleep(500)
        }
        // Each takes the other for gone by now, and what is said at either of them comes all the same.
        for (const reader of readers) await expectHandedOver(await say(reader, said.sessionId), 2 * FOUND_MS)
        for (const relay of [first, second]) expect(await readyAt(relay)).toBe(200)
        redis.heal()
        await expect.poll(() => isOnlineAt(readers[1]), { timeout: PATIENCE_MS }).toBe(true)
        speak(50)
        await expectWhole()
        await expectHandedOver(await say(readers[1], said.sessionId))
      },
      TEST_MS,
    )
  })

  describe('half open', () => {
    beforeAll(gather)

    test(
      '[F89] a relay whose connections to Redis are half open notices by itself, and goes on over new ones',
      async () => {
        for (const { redis } of [ofFirst, ofSecond]) {
          redis.halfOpen()
          for (let times = 0; times < 5; times += 1) {
            speak(10)
            await expectWhole(FOUND_MS)
          }
          await expectHandedOver(await say(readers[1], said.sessionId), 2 * FOUND_MS)
        }
        await expect.poll(() => isOnlineAt(readers[1]), { timeout: PATIENCE_MS }).toBe(true)
      },
      TEST_MS,
    )

    test(
      '[F90] a relay whose connections to the database are half open gives them up, and has lost nothing',
      async () => {
        const from = spoken + 1
        ofFirst.database.halfOpen()
        speak(20)
        await expectWholeByRepeating(from, 2 * UNANSWERED_MS)
        await expect.poll(() => readyAt(first), { timeout: PATIENCE_MS }).toBe(200)
      },
      TEST_MS,
    )
  })

  describe.each(['refused', 'silent'] as const)('one relay alone gets through to the database no more: %s', (how) => {
    beforeAll(gather)

    test(
      '[F90] it says so and acknowledges nothing; the other goes on, and afterwards all is there once',
      async () => {
        const from = spoken + 1
        ofFirst.database.shut(how)
        speak(20)
        await expect.poll(() => readyAt(first), { timeout: PATIENCE_MS }).toBe(503)
        expect(await readyAt(second)).toBe(200)
        await expectRefused(readers[0])
        const elsewhere = await say(readers[1]) // another session, which waits for the agent in the log
        await sleep(APART_MS)
        expect(readings.flatMap(({ entries }) => entries.filter(({ kind }) => kind === 'text'))).toEqual([])
        ofFirst.database.heal()
        await expectWholeByRepeating(from, PATIENCE_MS)
        await expectHandedOver(elsewhere)
        await expect.poll(() => readyAt(first), { timeout: PATIENCE_MS }).toBe(200)
      },
      TEST_MS,
    )
  })
}
