import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openHistory, readHistory, type History } from '../history.ts'
import { welcomeGuest } from './guest.ts'

let directory = ''
let history: History
let relay: Server
/** What the relay does not answer. */
let away = new Set<string>()

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'farhand-guest-'))
  history = openHistory(join(directory, 'history.jsonl'))
  away = new Set()
  relay = createServer((request, response) => {
    const what = request.url?.split('/').at(-1) ?? ''
    if (away.has(what)) request.socket.destroy()
    else response.setHeader('Set-Cookie', 'farhand=v; Path=/').end('{"ok":true,"ticket":"t"}')
  })
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  relay.closeAllConnections()
  relay.close()
  history.close()
  rmSync(directory, { recursive: true, force: true })
})

const welcome = () =>
  welcomeGuest({
    name: 'guest-1',
    tiers: { url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`, ownerToken: 'o' },
    url: 'http://127.0.0.1:1', // nobody to read from: only the door is looked at
    sessionIds: [],
    history,
    readsMs: 10,
    patienceMs: 400,
  })
const told = () => readHistory([join(directory, 'history.jsonl')]).map(({ ev }) => ev)

test.each([
  ['a relay that is there', [], { signedOut: true }, ['revoked']],
  ['one that is gone for good when the guest wants to leave', ['logout'], { signedOut: false }, []],
  ['one that is gone before', ['login'], undefined, []],
])('with %s a visit has an end, and says what it was', async (_name, missing, visit, revoked) => {
  away = new Set(missing)
  const guest = await welcome()
  guest?.observer.close()
  expect(guest === undefined ? undefined : { signedOut: guest.signedOut }).toEqual(visit)
  expect(told().filter((ev) => ev === 'revoked')).toEqual(revoked)
})
