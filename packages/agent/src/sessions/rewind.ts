import { FarhandError, type AgentResult, type RewindBody, type RewoundBody } from '@farhand/shared'
import type { Transcripts } from '../claude/transcripts.ts'
import { SilenceError, answered } from '../driver/answered.ts'
import type { Coder, Driver, FilesRewound } from '../driver/driver.ts'
import { say } from '../driver/responses.ts'
import type { Spool } from '../spool/spool.ts'
import type { Runner } from './runner.ts'
import type { Voice } from './voice.ts'

/**
 * Going back to before a command: Claude forgets what was said from there on, the files that its tools changed are put back,
 * or both. Claude Code keeps what that takes: the record of the conversation, and a copy of each file before each change.
 * What shell commands changed it does not know, so that stays.
 */
export type RewindParts = {
  sessionId: string
  coder: Pick<Coder, 'name' | 'abilities'>
  spool: Pick<Spool, 'facts' | 'inbox' | 'outbox' | 'sessions'>
  transcripts: Transcripts
  runner: Pick<Runner, 'current' | 'conversation'>
  voice: Voice
}

/** Rejects in words where it can't be done; then nothing was changed, but for files that were put back before. */
export async function rewind(parts: RewindParts, body: RewindBody, inputId: string): Promise<void> {
  const { spool, sessionId, voice } = parts
  const point = await findPoint(parts, body.to)
  const files = body.files ? { files: await putBack(parts, point.directory, body.to) } : {}
  // The process still knows what is to be forgotten; the next one is started at the point.
  if (body.conversation) await parts.runner.conversation.end()
  const rewound: RewoundBody = { inputId, to: body.to, conversation: body.conversation, ...files }
  voice.push([say('rewound', rewound)])
  if (!body.conversation) return
  // The list of tasks is of what was dropped.
  voice.push([say('tasks', { items: [] })])
  if (point.lastUuid === undefined) spool.sessions.forgetConversation(sessionId)
  spool.facts.set(sessionId, { resumeAt: point.lastUuid })
}

/** What a rewind of the files would change, without changing it. */
export async function previewRewind(parts: RewindParts, to: string): Promise<AgentResult<'sessions.rewind_preview'>> {
  try {
    const { directory } = await findPoint(parts, to)
    const result = await withDriver(parts, directory, (driver) => filesOf(driver, to, { dryRun: true }))
    return {
      conversation: true,
      files: { changed: result.changed, insertions: result.insertions, deletions: result.deletions },
    }
  } catch (error) {
    if (!(error instanceof FarhandError)) throw error
    return { conversation: error.code === 'STALE', reason: error.message }
  }
}

type Point = { directory: string; lastUuid: string | undefined }

async function findPoint({ coder, runner, spool, sessionId, transcripts }: RewindParts, to: string): Promise<Point> {
  if (!coder.abilities.rewind) {
    throw new FarhandError(
      'BAD_REQUEST',
      `${coder.name()} can't go back: it keeps neither earlier states nor copies of files.`,
    )
  }
  if (runner.current() !== undefined || runner.conversation.driver()?.state().busy === true) {
    throw new FarhandError('BAD_REQUEST', 'Something still runs: stop it first, then go back.')
  }
  const { claudeSessionId } = spool.sessions.get(sessionId)
  const { directory } = spool.facts.get(sessionId)
  if (claudeSessionId === undefined || directory === undefined) throw new FarhandError('NOT_FOUND', NOTHING_YET)
  const transcript = await transcripts.read(claudeSessionId, directory, { messages: 0, bytes: 0, before: to })
  if (transcript?.found !== true) throw new FarhandError('NOT_FOUND', NOT_THERE)
  return { directory, lastUuid: transcript.lastUuid }
}

const NOTHING_YET = 'Nothing was said in this session yet.'
const NOT_THERE =
  "Claude Code's record does not have that message (any more): one that was compacted or dropped can't be gone back to."

async function putBack(parts: RewindParts, directory: string, to: string): Promise<NonNullable<RewoundBody['files']>> {
  // Afterwards Claude Code says only how much it left alone.
  const { changed, insertions, deletions, skipped } = await withDriver(parts, directory, async (driver) => {
    const wanted = await filesOf(driver, to, { dryRun: true })
    return { ...wanted, skipped: (await filesOf(driver, to, { dryRun: false })).skipped }
  })
  return { changed, insertions, deletions, ...(skipped === 0 ? {} : { skipped }) }
}

/** As many files as there are, and then it hangs. */
const REWIND_MS = 60_000

async function filesOf(driver: Driver, to: string, options: { dryRun: boolean }): Promise<FilesRewound> {
  return answered(driver.rewindFiles(to, options), REWIND_MS)
}

/** @throws FarhandError `STALE` where Claude Code has no copy of the files of that moment */
async function withDriver<T>(
  { runner }: RewindParts,
  directory: string,
  act: (driver: Driver) => Promise<T>,
): Promise<T> {
  const { conversation } = runner
  const driver = await conversation.idle(directory)
  try {
    return await act(driver)
  } catch (cause) {
    if (cause instanceof SilenceError) await conversation.terminate()
    const reason = cause instanceof Error ? cause.message : ''
    throw new FarhandError('STALE', `Claude Code can't put the files back: ${reason}`, { cause })
  } finally {
    conversation.rest()
  }
}
