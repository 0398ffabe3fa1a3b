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
} from './clusterProcesses.ts'
import { PROJECT_ID, getJson, ok, until, type TestBrowser } from './harness.ts'
import { relayProcess, type RelayProcess } from './process.ts'

/** What the bus does not bring is found in the log, in a round of a second; and this machine is busy. */
const FOUND_MS = 3_000
const BUS_DOWN_MS = 5_000
const STANDSTILL_MS = 4_000
/** A relay that died without a word is believed in for eight seconds. */
const FORGOTTEN_MS = 12_000
const PATIENCE_MS = 20_000
const TEST_MS = 90_000

const cluster = await openTwoRelays()
if (cluster === undefined) test(CLUSTER_NEEDED, () => console.log(CLUSTER_NEEDED))
else describeFaults(cluster)

function describeFaults(cluster: TwoRelays): void {
  const { first, second, redis, postgres } = cluster
  let agent: AgentAt
  let readers: [TestBrowser, TestBrowser]
  let readings: [Reading, Reading]
  let said: { sessionId: string; commandId: string }
  let spoken = 0

  /** Somebody at each relay reads a session, and the agent of the first speaks in it. */
  async function gather(): Promise<void> {
    agent = await agentAt(first)
    readers = [await browserAt(first), await browserAt(second)]
    said = await say(readers[1])
    await until(() => agent.inputs.some(({ inputId }) => inputId === said.commandId), 'it was not handed over')
    readings = [await readAt(readers[0], said.sessionId), await readAt(readers[1], said.sessionId)]
    spoken = 0
  }

  const speak = (count: number, by = agent): void => {
    respond(by, said, spoken + 1, spoken + count)
    spoken += count
  }

  /** Whatever the two have heard is whole, once, and in order. */
  async function expectWhole(patienceMs = PATIENCE_MS, whose: readonly Reading[] = readings): Promise<void> {
    for (const reading of whose) {
      const count = (): number => reading.entries.filter(({ kind }) => kind === 'text').length
      await until(() => count() === spoken, `${count()} of ${spoken} came`, patienceMs)
      expect(reading.wrong).toEqual([])
    }
  }

  const isOnline = async (browser: TestBrowser): Promise<boolean> =>
    ok(await browser.emitWithAck('watch_project', { projectId: PROJECT_ID })).agent.online

  afterAll(() => cluster.close())

  describe('two relays, when something is wrong', () => {
    beforeAll(gather)

    test(
      '[F87] Redis is gone for five seconds: entries and commands come a little later, and at once when it is back',
      async () => {
        speak(20)
        await expectWhole()
        await redis.kill()
        const goneAt = performance.now()
        while (performance.now() - goneAt < BUS_DOWN_MS) {
          speak(5)
          await expectWhole(FOUND_MS)
          await sleep(200)
        }
        const command = await say(readers[1], said.sessionId)
        await until(
          () => agent.inputs.some(({ inputId }) => inputId === command.commandId),
          'not handed over',
          FOUND_MS,
        )
        for (const relay of [first, second]) expect((await getJson(`${relay.url()}/readyz`)).status).toBe(200)
        await redis.start()
        speak(50)
        await expectWhole()
        await expect.poll(() => isOnline(readers[1]), { timeout: PATIENCE_MS }).toBe(true)
      },
      TEST_MS,
    )

    test(
      '[F87] Redis stands still, and goes on with what had waited in it',
      async () => {
        redis.signal('SIGSTOP')
        speak(100)
        await expectWhole(FOUND_MS + STANDSTILL_MS)
        redis.signal('SIGCONT')
        speak(100)
        await expectWhole()
      },
      TEST_MS,
    )

    test(
      '[LOG3] [LOG8] the database crashes: both go on by themselves, and what the agent repeats is there once',
      async () => {
        await postgres.stop('immediate')
        await sleep(500)
        await postgres.start()
        const from = spoken + 1
        speak(30)
        const again = setInterval(() => respond(agent, said, from, spoken), 1_000) // what is not acknowledged is said again
        await expectWhole(PATIENCE_MS + FOUND_MS).finally(() => clearInterval(again))
        await expect.poll(() => readyAt(first), { timeout: PATIENCE_MS }).toBe(200)
        await expect.poll(() => readyAt(second), { timeout: PATIENCE_MS }).toBe(200)
      },
      TEST_MS,
    )

    test(
      '[F35] a relay stands still: the other is not held up, and it catches up',
      async () => {
        second.child().kill('SIGSTOP')
        speak(50)
        await expectWhole(FOUND_MS, [readings[0]])
        await sleep(STANDSTILL_MS)
        second.child().kill('SIGCONT')
        await expectWhole()
      },
      TEST_MS,
    )

    test(
      '[F86] the relay of the agent is killed: the other says so, and shows it again where it comes back',
      async () => {
        await first.ended('SIGKILL')
        await expect.poll(() => isOnline(readers[1]), { timeout: FORGOTTEN_MS }).toBe(false)
        const waiting = await say(readers[1], said.sessionId)
        agent = await agentAt(second)
        expect(await isOnline(readers[1])).toBe(true)
        await until(() => agent.inputs.some(({ inputId }) => inputId === waiting.commandId), 'it was not handed over')
        speak(20)
        await expectWhole(PATIENCE_MS, [readings[1]])
        await cluster.start(first)
      },
      TEST_MS,
    )

    test(
      '[F88] a rolling restart: one after the other, and nobody misses anything',
      async () => {
        for (const [leaving, staying] of [
          [second, first],
          [first, second],
        ] as const) {
          await leaving.ended('SIGTERM')
          expect(await readyAt(staying)).toBe(200)
          agent = await agentAt(staying)
          const browser = await browserAt(staying)
          readings = [await readAt(browser, said.sessionId), await readAt(await browserAt(staying), said.sessionId)]
          const command = await say(browser, said.sessionId)
          await until(() => agent.inputs.some(({ inputId }) => inputId === command.commandId), 'it was not handed over')
          speak(20)
          await expectWhole()
          await cluster.start(leaving)
        }
      },
      TEST_MS,
    )

    test(
      '[F39] one relay alone and several exclude each other, in words',
      async () => {
        const third = relayProcess()
        // It waits half a minute for the others to go, and ends.
        const refusal = await third.maintain([], { DATABASE_URL: cluster.databaseUrl })
        await third.close()
        expect(refusal).toContain('Another Farhand server uses this database')
      },
      TEST_MS,
    )
  })
}

async function readyAt(relay: RelayProcess): Promise<number> {
  return (await getJson(`${relay.url()}/readyz`)).status
}
