import { FarhandError, type AgentCommand } from '@farhand/shared'
import { translateHistory, type Told } from '../claude/history.ts'
import type { Transcript, Transcripts } from '../claude/transcripts.ts'
import type { Coder } from '../driver/driver.ts'
import { say } from '../driver/responses.ts'
import type { Spool } from '../spool/spool.ts'

/** More of a history than this is left out, the oldest first: Claude itself still knows all of it. */
const MAX_MESSAGES = 1_000
const MAX_BYTES = 8 * 1024 * 1024

export type ImportParts = {
  coder: Pick<Coder, 'name' | 'abilities'>
  sessionId: string
  spool: Pick<Spool, 'facts' | 'outbox' | 'sessions'>
  transcripts: Transcripts
  clock: { now(): number }
}

/**
 * Before a command that imports a conversation of Claude Code: tells the conversation's history in the session's log, once.
 *
 * @param directory where the command runs; a conversation is found only where it was held
 * @returns the command as it is to be run: once the conversation is the session's own, nothing is left to import
 * @throws FarhandError `NOT_FOUND` (no such conversation here), `BAD_REQUEST` (the session has one of its own)
 */
export async function importHistory(parts: ImportParts, input: AgentCommand, directory: string): Promise<AgentCommand> {
  const { sessionId, spool, transcripts, coder } = parts
  const { resume, resumeBefore, fork } = input.options
  if ((resume !== undefined || fork === true) && !coder.abilities.takeOver) {
    throw new FarhandError(
      'BAD_REQUEST',
      `${coder.name()} can't take over or copy a conversation. Begin a session of its own.`,
    )
  }
  if (resume === undefined) return input
  const { importedFrom } = spool.facts.get(sessionId)
  const { claudeSessionId } = spool.sessions.get(sessionId)
  if (importedFrom === resume) return claudeSessionId === undefined ? input : withoutImport(input)
  if (claudeSessionId !== undefined) throw new FarhandError('BAD_REQUEST', HAS_ITS_OWN)
  const bounds = { messages: MAX_MESSAGES, bytes: MAX_BYTES }
  const before = resumeBefore === undefined ? {} : { before: resumeBefore }
  const transcript = await transcripts.read(resume, directory, { ...bounds, ...before })
  if (transcript === undefined) throw new FarhandError('NOT_FOUND', NOT_HERE)
  if (!transcript.found) throw new FarhandError('NOT_FOUND', 'That conversation has no such prompt.')
  if (resumeBefore !== undefined && transcript.lastUuid === undefined) return withoutImport(input)
  tell(parts, input, transcript)
  return input
}

const NOT_HERE =
  'Claude Code has no such conversation in this directory. One is found only in the directory in which it was held.'
const HAS_ITS_OWN = 'This session has a conversation of its own; import into a new session.'

/** In one turn, hence in one commit: after a crash all of it is there, or nothing. */
function tell({ sessionId, spool, clock }: ImportParts, input: AgentCommand, transcript: Transcript): void {
  const { resume, fork } = input.options
  const now = clock.now()
  const history = translateHistory(transcript.messages)
  const omitted = transcript.total - transcript.messages.length
  const begin = { claudeSessionId: resume, title: transcript.title, messages: transcript.total, omitted }
  const told: Told[] = [
    {
      at: now,
      responses: [say('notice', { level: 'info', type: 'import_began', message: beginning(begin), ...begin })],
    },
    ...history,
    { at: now, responses: [say('notice', { level: 'info', type: 'import_ended', message: END })] },
  ]
  for (const { at, responses } of told) spool.outbox.append(sessionId, input.inputId, at ?? now, responses)
  spool.facts.set(sessionId, { importedFrom: resume, resumeAt: transcript.lastUuid })
  // A fork counts from what its source has cost as well.
  if (transcript.costUsd !== undefined) spool.sessions.update(sessionId, { costUsd: transcript.costUsd })
  const other = resume === undefined || fork === true ? undefined : spool.facts.sessionOf(resume)
  if (other === undefined || other === sessionId) return
  const shared = { level: 'warning' as const, type: 'import_shared', message: SHARED, sessionId: other }
  spool.outbox.append(sessionId, input.inputId, now, [say('notice', shared)])
}

function beginning({ title, messages, omitted }: { title: string; messages: number; omitted: number }): string {
  const left = omitted === 0 ? '' : ` The oldest ${omitted} of them are left out here; Claude knows them.`
  return `Imported from Claude Code: “${title}”, ${messages} messages.${left}`
}

const END = 'This is the end of what was imported.'
const SHARED = 'Another session here goes on with the same conversation. Fork it, so that the two do not get mixed.'

function withoutImport(input: AgentCommand): AgentCommand {
  const { resume: _resume, resumeBefore: _before, fork: _fork, ...options } = input.options
  return { ...input, options }
}
