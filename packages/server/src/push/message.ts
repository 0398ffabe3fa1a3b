import { createHash } from 'node:crypto'
import type { PushMessage, SessionSummary } from '@farhand/shared'
import type { PushNews } from '../log/push/store.ts'

/** What is sent, and how urgent it is to whoever carries it. */
export type Letter = { message: PushMessage; ttlSeconds: number; urgency: 'high' | 'normal'; topic: string }

const HOUR_SECONDS = 60 * 60
/** A request waits as long as it takes; a day later somebody has looked. */
const TTL_SECONDS = {
  need: 24 * HOUR_SECONDS,
  over: 24 * HOUR_SECONDS,
  failed: 24 * HOUR_SECONDS,
  finished: 6 * HOUR_SECONDS,
  test: 60,
} as const
/** Push services take some 3,000 bytes, sealed; a name longer than this is no help on a lock screen. */
const MAX_NAME_CHARS = 120
/** The most that a topic may have. */
const TOPIC_CHARS = 32

/**
 * Names the session and its project, and nothing of what was said. `over` is about all that was told of the session so far,
 * in which nothing waits any more. Pure.
 */
export function letterOf(
  { kind, seq }: PushNews,
  type: 'news' | 'over',
  session: Pick<SessionSummary, 'sessionId' | 'title' | 'head'>,
  project: string,
): Letter {
  const said = type === 'news' ? kind : 'over'
  const message: PushMessage = {
    ...{ type: said, sessionId: session.sessionId, seq: type === 'over' ? session.head : seq },
    ...{ session: shorten(session.title ?? ''), project: shorten(project) },
  }
  const urgency = said === 'need' ? 'high' : 'normal'
  return { message, ttlSeconds: TTL_SECONDS[said], urgency, topic: topicOf(session.sessionId) }
}

export const TEST_LETTER: Letter = {
  message: { type: 'test' },
  ttlSeconds: TTL_SECONDS.test,
  urgency: 'high',
  topic: topicOf('test'),
}

/** While a device is away the newest of a session is enough. A hash, so that its service learns no id. */
function topicOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, TOPIC_CHARS)
}

function shorten(text: string): string {
  const characters = [...text.toWellFormed()]
  return characters.length <= MAX_NAME_CHARS
    ? text.toWellFormed()
    : `${characters.slice(0, MAX_NAME_CHARS - 1).join('')}…`
}
