import type { NoteKind, PushProblem, PushSubscriptionKeys } from '@farhand/shared'

/** What a store keeps so that people are told when no page is open. Part of the contract of `../store.ts`. */
export type PushStore = {
  /**
   * Keeps a subscription for its login, in the place of the one it had, and of another login's with the same address. It goes
   * when the login does, however that ends. Beyond `most` of all those go that were saved longest ago. False where the login
   * has ended.
   */
  savePush(push: SavedPush, now: number, most: number): Promise<boolean>
  /** The oldest first. */
  pushes(): Promise<PushRecord[]>
  pushOf(login: string): Promise<PushRecord | undefined>
  deletePush(endpoint: string): Promise<void>
  /** What became of the last one that was sent there; undefined: it went out. */
  notePush(endpoint: string, problem: PushProblem | undefined): Promise<void>
  /** Keeps the end of a run until it is claimed. */
  addPushNews(news: PushNews): Promise<void>
  /** What nobody has claimed: requests that opened in `(since, until]`, wait and were not read, and ends of runs up to `until`. */
  pushNews(since: number, until: number): Promise<PushNews[]>
  /** Of several who ask, and of all times, one may tell it. */
  claimPushNews(news: PushNews): Promise<boolean>
  /** Requests that were claimed and wait no more. */
  pushedOver(): Promise<PushNews[]>
  /** Of several who ask, one may tell that it is over. */
  claimPushedOver(news: PushNews): Promise<boolean>
  /** Whoever comes first writes them; answers what is there then. */
  pushKeys(made: string): Promise<string>
}

/** A browser's subscription. `login` is the hash that its login is kept by. */
export type SavedPush = PushSubscriptionKeys & { login: string; kinds: NoteKind[] }
/** `createdAt`: since when it is told of things; what was before is none of its news. */
export type PushRecord = SavedPush & { createdAt: number; problem: PushProblem | undefined }

/** A request by its key, or the end of a run by its command's id. */
export type PushNews = { sessionId: string; key: string; kind: NoteKind; seq: number; at: number }
