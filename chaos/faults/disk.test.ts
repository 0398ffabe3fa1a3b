import { mkdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lines, openStage } from './stage.ts'

const TEST_MS = 120_000

test(
  '[F45] an agent whose disk fails while it dials again says so, lives, and connects when it can',
  { timeout: TEST_MS },
  async () => {
    const stage = await openStage()
    const { relay, agent } = stage.tiers
    await relay.start()
    await agent.start()
    const { load, sessionIds, judge } = await stage.open()
    // A directory where the file is to be written: no number of a connection can be kept (AG1).
    const obstacle = join(stage.directory, 'agent', 'identity.json.new')
    mkdirSync(obstacle)
    stage.tiers.hops.agent.cut('rst')
    await stage.says('agent', /^AGENT_STORAGE: /m)
    expect(agent.alive()).toBe(true)
    load.command(sessionIds[0] ?? '', lines(10, 5))
    rmdirSync(obstacle)
    await stage.says('agent', /AGENT_STORAGE: [^]*^Connected to/m)
    expect(await judge()).toEqual([])
  },
)
