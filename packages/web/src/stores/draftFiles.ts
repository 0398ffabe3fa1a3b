import type { AttachedFile } from '@farhand/shared'
import type { KeptFile } from '../services/draftStorage.ts'

/** A file that is attached to a draft. */
export type DraftFile = AttachedFile & {
  state: FileState
  /** A `blob:` address of an image that was picked in this tab. */
  preview?: string
}

export type FileState =
  /** It is being looked at, and its hash is taken. */
  | { name: 'reading' }
  | { name: 'uploading'; received: number }
  /** The relay can't be reached; it goes on from here when it can. */
  | { name: 'waiting'; received: number }
  | { name: 'ready' }
  /** It is still at hand, and may be tried again. */
  | { name: 'failed'; reason: string }
  /** The relay does not have it, as when the page was closed before it was up: it has to be picked again. */
  | { name: 'lost' }

/** Will it be up by itself? */
export function isUnderWay({ state }: Pick<DraftFile, 'state'>): boolean {
  return state.name === 'reading' || state.name === 'uploading' || state.name === 'waiting'
}

/** May a message go with these files: now, when what is under way is up, or not before somebody does something? Pure. */
export function readiness(files: readonly DraftFile[]): { name: 'now' | 'later' | 'blocked'; count: number } {
  const blocked = files.filter(({ state }) => state.name === 'failed' || state.name === 'lost').length
  if (blocked > 0) return { name: 'blocked', count: blocked }
  const later = files.filter(isUnderWay).length
  return later > 0 ? { name: 'later', count: later } : { name: 'now', count: 0 }
}

export function percentOf({ state, bytes }: Pick<DraftFile, 'state' | 'bytes'>): number {
  const received = 'received' in state ? state.received : state.name === 'ready' ? bytes : 0
  return bytes === 0 ? 0 : Math.floor((received / bytes) * 100)
}

/** What belongs into the kept draft, so that it can be told after a reload. */
export function asKeptFiles(files: readonly DraftFile[]): KeptFile[] {
  return files.map((file) => ({ ...asAttached(file), up: file.state.name === 'ready' }))
}

export function asAttached({ id, name, mediaType, bytes }: AttachedFile): AttachedFile {
  return { id, name, mediaType, bytes }
}

/** What a message says that is nothing but files. */
export function textOf(text: string, files: readonly AttachedFile[]): string {
  return text.trim() === '' ? files.map(({ name }) => name).join(', ') : text
}
