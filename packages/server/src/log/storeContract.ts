import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { describeAgents } from './contract/agents.ts'
import { describeCommands } from './contract/commands.ts'
import { describeEntries } from './contract/entries.ts'
import { command, hello, ids, type Bench } from './contract/fixtures.ts'
import { describePages } from './contract/pages.ts'
import { describePush } from './contract/push.ts'
import { describeRelayEntries } from './contract/relayEntries.ts'
import { describeRetention } from './contract/retention.ts'
import { describeSessions } from './contract/sessions.ts'
import type { Store } from './store.ts'

/** What every store must do. `open` opens the same store again after it was closed. */
export function storeContract(
  name: string,
  prepare: () => Promise<{ open(): Promise<Store>; remove(): Promise<void> }>,
): void {
  describe(name, () => {
    let place: Awaited<ReturnType<typeof prepare>>
    let store: Store

    const at: Bench = {
      get store() {
        return store
      },
      now: 1_000,
      append: async (...items) => (await store.append(items, ++at.now)).outcomes,
      page: async (sessionId, part = {}) => {
        const found = await store.page({ sessionId, limit: 500, detail: 'full', ...part })
        if (found === undefined) throw new Error('no such session')
        return found
      },
      reopen: async () => {
        await store.close()
        store = await place.open()
      },
    }

    beforeEach(async () => {
      place = await prepare()
      store = await place.open()
      at.now = 1_000
      await store.acceptHello(hello(), at.now)
    })
    afterEach(async () => {
      await store.close()
      await place.remove()
    })

    describeEntries(at)
    describePages(at)
    describeCommands(at)
    describeRelayEntries(at)
    describeSessions(at)
    describeAgents(at)
    describeRetention(at)
    describePush(at)

    test('what is closed refuses with STORAGE_UNAVAILABLE', async () => {
      await store.checkWritable()
      await store.close()
      await expect(at.append(command(ids()))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
      await at.reopen()
    })
  })
}
