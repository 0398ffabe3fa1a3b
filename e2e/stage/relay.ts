import type { Page } from '@playwright/test'

/** What is done to what the relay and a page say to each other. */
export type RelayTricks = { answersNot: boolean; speaksAnotherProtocol: boolean }

/** Stands between a page and its relay from its next connection on. */
export async function withRelay(page: Page): Promise<RelayTricks> {
  const tricks: RelayTricks = { answersNot: false, speaksAnotherProtocol: false }
  await page.routeWebSocket(/socket\.io/, (socket) => {
    const relay = socket.connectToServer()
    let asked = false
    socket.onMessage((message) => {
      asked ||= String(message).includes('"subscribe"')
      if (!tricks.answersNot || !asked) relay.send(message)
    })
    relay.onMessage((message) => {
      const said = String(message)
      socket.send(tricks.speaksAnotherProtocol ? said.replace('"protocol":1', '"protocol":2') : message)
    })
  })
  return tricks
}

/** How much of a kind the browser has kept for this page. */
export function rowsKept(page: Page, store: string): Promise<number> {
  return page.evaluate(
    (name) =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open('farhand')
        opening.onerror = () => reject(new Error('the database does not open'))
        opening.onsuccess = () => {
          const counting = opening.result.transaction(name).objectStore(name).count()
          counting.onsuccess = () => {
            opening.result.close()
            resolve(counting.result)
          }
        }
      }),
    store,
  )
}
