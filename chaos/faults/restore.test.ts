import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { dumpStore } from '../dump.ts'
import { waitForQuiet } from '../quiet.ts'
import { lines, openStage, type Stage } from './stage.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'packages', 'server', 'src', 'main.ts')
const TEST_MS = 120_000
const QUIET = { lastsMs: 500, limitMs: 20_000 }
const CUT_OFF_MS = 15_000
/** Into the middle of a run. */
const UNDER_WAY_MS = 1_500

test(
  '[F40] an older copy of the store is put back: nobody sees anything twice, and what is lost is told',
  { timeout: TEST_MS },
  async () => {
    const stage = await openStage()
    const { relay, agent } = stage.tiers
    await relay.start()
    await agent.start()
    const { load, sessionIds, judge } = await stage.open()
    const [first = '', second = ''] = sessionIds
    load.command(first, lines(20, 5))
    load.command(second, 'append one line to kept.txt')
    expect(await waitForQuiet(load, QUIET)).toBe(true)

    const copy = join(stage.directory, 'copy.db')
    await maintain(stage, 'backup', copy) // beside the running relay
    stage.history.write({ ev: 'copied' })
    load.command(second, lines(30, 5))
    load.command(first, 'append one line to lost.txt')
    expect(await waitForQuiet(load, QUIET)).toBe(true)
    load.command(first, lines(300, 10))
    await sleep(UNDER_WAY_MS)
    await relay.stop()
    await expect.poll(load.isCutOff, { timeout: CUT_OFF_MS }).toBe(true) // a process may be gone before what it has sent is read
    stage.history.write({ ev: 'restored' })
    load.forgetOpen() // nobody knows any more what is to become of them
    await maintain(stage, 'restore', copy)
    await relay.start()

    load.command(first, lines(10, 5))
    load.command(second, 'append one line to after.txt')
    expect(await judge()).toEqual([])
    const told = dumpStore(stage.tiers.dataDir).entries.filter(
      ({ kind, code, body }) => kind === 'notice' && (code === 'LOG_ROLLED_BACK' || body.includes('"forgotten"')),
    )
    expect(new Set(told.map(({ sessionId }) => sessionId))).toEqual(new Set(sessionIds))
  },
)

async function maintain({ tiers }: Stage, what: 'backup' | 'restore', file: string): Promise<void> {
  await execa(process.execPath, [MAIN, what, file], {
    env: { PATH: process.env['PATH'] ?? '', DATA_DIR: tiers.dataDir },
    extendEnv: false,
  })
}
