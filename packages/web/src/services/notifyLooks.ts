const PREFIX = 'farhand-looks:'

/** Which sessions are in sight in this browser, over all of its tabs. A tab that ends, however it ends, looks at nothing. */
export type Looks = {
  /** What this tab shows to a person: a session, '' for another page, undefined while it is hidden. */
  at(place: string | undefined): void
  places(): Promise<string[]>
}

export function openLooks(locks: Pick<LockManager, 'request' | 'query'>): Looks {
  let letGo = (): void => {}

  function hold(place: string): () => void {
    let over = false
    let release = (): void => {}
    locks
      .request(PREFIX + place, { mode: 'shared' }, () =>
        over ? undefined : new Promise<void>((resolve) => (release = resolve)),
      )
      .catch(() => undefined) // the page is on its way out
    return () => {
      over = true
      release()
    }
  }

  return {
    at(place) {
      letGo()
      letGo = place === undefined ? () => {} : hold(place)
    },
    async places() {
      const { held = [] } = await locks.query()
      return held.flatMap(({ name }) => (name?.startsWith(PREFIX) === true ? [name.slice(PREFIX.length)] : []))
    },
  }
}
