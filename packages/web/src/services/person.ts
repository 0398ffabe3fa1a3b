const KEY = 'farhand:person'

/** Who was signed in here last: whose drafts and unsent messages these are while the relay cannot be asked. */
export function recallPerson(storage: Pick<Storage, 'getItem'> = localStorage): string | undefined {
  try {
    return storage.getItem(KEY) ?? undefined
  } catch {
    return undefined // storage is switched off
  }
}

/** `undefined`: nobody is signed in here any more. */
export function rememberPerson(
  personId: string | undefined,
  storage: Pick<Storage, 'setItem' | 'removeItem'> = localStorage,
): void {
  try {
    if (personId === undefined) storage.removeItem(KEY)
    else storage.setItem(KEY, personId)
  } catch {
    // switched off: the relay says it with the next welcome
  }
}
