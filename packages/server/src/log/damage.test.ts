import { closeSync, openSync, readFileSync, readdirSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  PROJECT_ID,
  codeOf,
  collect,
  getJson,
  ok,
  openAgent,
  pause,
  responseOf,
  startRelay,
  until,
  type Relay,
} from '../../test/harness.ts'

const PAGE_BYTES = 4_096
/** The first ones hold the schema, and are in memory anyway. */
const SPARED_PAGES = 24

let relay: Relay
beforeEach(async () => {
  relay = await startRelay({ healthEveryMs: 100 })
})
afterEach(() => relay.close())

const file = (name: string): string => join(relay.dataDir, name)

/** Brings everything into the database file and then overwrites most of it, as a failing disk does. */
function damage(): void {
  const other = new DatabaseSync(file('farhand.db'), { timeout: 2_000 })
  other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()
  other.close()
  const descriptor = openSync(file('farhand.db'), 'r+')
  const pages = statSync(file('farhand.db')).size / PAGE_BYTES
  for (let page = SPARED_PAGES; page < pages; page++) {
    writeSync(descriptor, Buffer.alloc(64, 0xff), 0, 64, page * PAGE_BYTES)
  }
  closeSync(descriptor)
}

/** More than SQLite keeps in memory, so that it has to read again. */
async function fill() {
  const agent = await openAgent(relay)
  const browser = await relay.openBrowser()
  const sent = ok(await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'go' }))
  let acked = 0
  agent.socket.on('ack_responses', ({ n }) => (acked = n))
  for (let n = 1; n <= 300; n++) {
    agent.socket.emit('command_response', responseOf({ ...sent, n, data: 'x'.repeat(30_000) }))
  }
  await until(() => acked === 300)
  return { agent, browser, said: { sessionId: sent.sessionId, commandId: sent.commandId }, acked: () => acked }
}

describe('[F33] a database that is damaged in the middle of a run', () => {
  test('is told, takes nothing more, acknowledges nothing, and ends nothing', async () => {
    const { agent, browser, said, acked } = await fill()
    const seen = collect(browser)
    damage()
    const read = await browser.emitWithAck('read', { sessionId: said.sessionId, after: 0, limit: 500 })
    expect(codeOf(read)).toBe('STORAGE_UNAVAILABLE')

    // Every writer is refused from now on, whatever pages it would have touched.
    const command = await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'more' })
    expect(command).toMatchObject({ ok: false, error: { code: 'STORAGE_UNAVAILABLE' } })
    agent.socket.emit('command_response', responseOf({ ...said, n: 301 }))
    const ready = await getJson(`${relay.url}/readyz`)
    expect(ready).toMatchObject({ status: 503, body: { ok: false, error: { code: 'STORAGE_UNAVAILABLE' } } })
    expect(await getJson(`${relay.url}/healthz`)).toMatchObject({ status: 200 })
    await pause(300)
    expect(acked()).toBe(300)
    expect(seen.filter((entry) => entry.seq > 301)).toEqual([])

    const fatal = relay.logs.filter((line) => line.includes('"level":60'))
    expect(fatal).toHaveLength(1)
    expect(fatal[0]).toContain('put a backup back')
    expect(browser.connected).toBe(true)
  })

  test('nothing is written over it, so that what is left can be saved', async () => {
    const { browser, said } = await fill()
    damage()
    await browser.emitWithAck('read', { sessionId: said.sessionId, after: 0, limit: 500 })
    const before = readFileSync(file('farhand.db'))
    await browser.emitWithAck('execute_command', { projectId: PROJECT_ID, command: 'more' })
    await pause(300) // several rounds of what the relay does by itself
    expect(readFileSync(file('farhand.db')).equals(before)).toBe(true)
    expect(readdirSync(relay.dataDir)).toContain('farhand.db')
  })
})
