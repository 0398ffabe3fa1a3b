import { afterEach, beforeEach, expect, test } from 'vitest'
import { startRelay, type Relay } from '../test/harness.ts'
import { openSqliteStore } from './log/sqliteStore.ts'
import { MAINTENANCE } from './maintenance.ts'
import { changeTokens, signOutAll } from './rights.ts'

let relay: Relay
beforeEach(async () => {
  relay = await startRelay()
})
afterEach(() => relay.close())

/** As a person does it, beside the running relay. */
const open = () => openSqliteStore({ dataDir: relay.dataDir, exclusive: false })
const tokens = (...args: string[]) => changeTokens(open, args, 'lost \u001b[31mphone')

async function login(body: object): Promise<{ Cookie: string }> {
  const headers = { 'Content-Type': 'application/json', 'X-Farhand': '1' }
  const response = await fetch(`${relay.url}/api/login`, { method: 'POST', headers, body: JSON.stringify(body) })
  return { Cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' }
}
const status = async (headers: Record<string, string>) => (await fetch(`${relay.url}/api/projects`, { headers })).status

test('tokens are listed without their text, and without what would move a cursor', async () => {
  expect(await tokens('list')).toContain('There are no tokens')
  const token = await tokens('owner')
  const list = await tokens('list')
  expect(list).toMatch(/^[\da-f-]{36} {2}owner {2}\d{4}-\S+Z {2}lost \ufffd\[31mphone$/)
  expect(list).not.toContain(token)
})

test('[CON6] a token that is taken away ends with all that came from it, and nothing else', async () => {
  const token = await tokens('owner')
  const [tokenId = ''] = (await tokens('list')).split(' ')
  const phone = await login({ token })
  const link = await login({ code: (await relay.app.loginLink()).split('#code=')[1] })
  expect([await status(phone), await status(link)]).toEqual([200, 200])
  expect(await tokens('remove', tokenId)).toContain(`Removed ${tokenId}`)
  await expect.poll(() => status(phone)).toBe(401)
  expect([await status({ Authorization: `Bearer ${token}` }), await status(link)]).toEqual([401, 200])
  await expect(tokens('remove', tokenId)).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('[CON6] all browsers are signed out, also one that hangs on no token', async () => {
  const link = await login({ code: (await relay.app.loginLink()).split('#code=')[1] })
  expect(await status(link)).toBe(200)
  expect(await signOutAll(open)).toBe('Signed out: 1 browser. Tokens still work.')
  await expect.poll(() => status(link)).toBe(401)
})

test.each([[['king']], [['owner', 'twice']], [['remove']], [['remove', 'one', 'two']], [['list', 'all']], [[]]])(
  'token %j is told how it is used',
  async (args) => {
    await expect(tokens(...args)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  },
)

test('a command on the data directory ignores no argument', async () => {
  const place = { dataDir: relay.dataDir, databaseUrl: undefined, attachmentsDir: relay.dataDir }
  await expect(MAINTENANCE.check(place, ['this'])).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  await expect(MAINTENANCE.backup(place, ['a', 'b'])).rejects.toMatchObject({ code: 'BAD_REQUEST' })
})
