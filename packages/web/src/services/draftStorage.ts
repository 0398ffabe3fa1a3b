import { attachedFileSchema } from '@farhand/shared'
import { z } from 'zod'
import type { Database } from './database.ts'

/** A file of a draft. What is not `up` with the relay is lost with the page: then only its name is known. */
const keptFileSchema = attachedFileSchema.extend({ up: z.boolean() })
export type KeptFile = z.infer<typeof keptFileSchema>

/**
 * A text that is being typed, with what is attached to it. An empty one says that it was sent or deleted, so that an older
 * copy does not come back.
 */
const keptDraftSchema = z.object({
  text: z.string(),
  /** Where in the text its writer was. */
  caret: z.int().nonnegative().optional(),
  files: z.array(keptFileSchema).optional(),
  at: z.number(),
})
export type KeptDraft = z.infer<typeof keptDraftSchema>

/** An empty draft is remembered so long, in case an older copy turns up. */
const FORGET_EMPTY_MS = 7 * 24 * 60 * 60 * 1000

/** The copy that is there at once, and is written even while the page is being closed. */
export type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** The copy that outlives a browser that was killed: browsers write `localStorage` to the disk only now and then. */
export type DraftCopies = {
  read(person: string, sessionId: string): Promise<KeptDraft | undefined>
  write(person: string, sessionId: string, draft: KeptDraft): Promise<void>
}

export function draftKey(person: string, sessionId: string): string {
  return `farhand:draft:${person}:${sessionId}`
}

export function hasDraft(person: string, sessionId: string, storage: Pick<Storage, 'getItem'> = localStorage): boolean {
  try {
    return storage.getItem(draftKey(person, sessionId)) !== null
  } catch {
    return false
  }
}

/** The sessions that hold a draft of a person. Storage that is switched off holds none. */
export function readDraftsOf(storage: Pick<Storage, 'length' | 'key'>, person: string): Set<string> {
  const prefix = draftKey(person, '')
  const found = new Set<string>()
  try {
    for (let index = 0; index < storage.length; index += 1) {
      const key = storage.key(index)
      if (key?.startsWith(prefix) === true) found.add(key.slice(prefix.length))
    }
  } catch {
    // a browser that keeps nothing was told of where it was typed
  }
  return found
}

export function parseDraft(source: string | null): KeptDraft | undefined {
  if (source === null) return undefined
  try {
    return keptDraftSchema.safeParse(JSON.parse(source)).data
  } catch {
    return undefined // written by something else
  }
}

export function isEmptyDraft({ text, files = [] }: Pick<KeptDraft, 'text' | 'files'>): boolean {
  return text === '' && files.length === 0
}

export function writeDraft(storage: DraftStorage, key: string, draft: KeptDraft): void {
  if (isEmptyDraft(draft)) storage.removeItem(key)
  else storage.setItem(key, JSON.stringify(draft))
}

export function draftCopiesOf(database: Database): DraftCopies {
  return {
    async read(person, sessionId) {
      return keptDraftSchema.safeParse(await database.get('drafts', [person, sessionId])).data
    },
    async write(person, sessionId, draft) {
      const transaction = database.transaction('drafts', 'readwrite')
      const put = transaction.store.put(draft, [person, sessionId])
      transaction.commit() // said now, it holds although the page is gone in a moment
      await Promise.all([put, transaction.done])
    },
  }
}

export function noDraftCopies(): DraftCopies {
  return { read: () => Promise.resolve(undefined), write: () => Promise.resolve() }
}

/** Removes what was remembered only to recognise older copies. */
export async function forgetEmptyDrafts(database: Database, now: number): Promise<void> {
  const transaction = database.transaction('drafts', 'readwrite')
  for (let cursor = await transaction.store.openCursor(); cursor !== null; cursor = await cursor.continue()) {
    const draft = keptDraftSchema.safeParse(cursor.value).data
    if (draft === undefined || (isEmptyDraft(draft) && draft.at < now - FORGET_EMPTY_MS)) await cursor.delete()
  }
  await transaction.done
}
