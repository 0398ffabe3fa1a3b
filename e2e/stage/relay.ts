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

/**
 * Holds back what the relay answers to commands, from the page's next connection on: their tab stays in the middle of
 * sending. `most`: later answers arrive. Answers how many were lost.
 */
export async function loseAnswers(page: Page, most = Number.POSITIVE_INFINITY): Promise<() => number> {
  let lost = 0
  const waiting = new Set<string>()
  await page.routeWebSocket(/socket\.io/, (socket) => {
    const relay = socket.connectToServer()
    socket.onMessage((message) => {
      // Socket.IO: 42<id>["event", …] is answered with 43<id>[…].
      const id = /^42(\d+)\["execute_command"/.exec(String(message))?.[1]
      if (id !== undefined) waiting.add(id)
      relay.send(message)
    })
    relay.onMessage((message) => {
      const id = /^43(\d+)\[/.exec(String(message))?.[1]
      if (id === undefined || !waiting.delete(id) || lost >= most) socket.send(message)
      else lost += 1
    })
  })
  return () => lost
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
