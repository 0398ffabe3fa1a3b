import { createHash } from 'node:crypto'
import {
  FarhandError,
  MAX_COMMAND_BYTES,
  MAX_INPUT_BYTES,
  canonicalJson,
  type CommandAccepted,
  type ExecuteCommand,
  type SendInput,
} from '@farhand/shared'
import { positionOf } from '../log/sessionLog.ts'
import type { ProjectRecord } from '../log/store.ts'
import { tellAttached } from './attached.ts'
import { findSession, requireProject, requireSize, type Context, type Principal } from './context.ts'
import { titleOf } from './title.ts'
import { isInsideProject } from './workingDirectory.ts'

/** Accepts a command exactly once: it is on disk when this resolves. Ids that the sender left out are made here. */
export async function executeCommand(
  context: Context,
  principal: Principal,
  said: ExecuteCommand,
): Promise<CommandAccepted> {
  requireSize(said.command, MAX_COMMAND_BYTES)
  const project = await requireProject(context, principal, said.projectId)
  const { workingDirectory, options = {} } = said
  const commandId = said.commandId ?? context.newId()
  const outcome = await context.log.append({
    type: 'command',
    projectId: said.projectId,
    sessionId: said.sessionId ?? context.newId(),
    commandId,
    prompt: said.command,
    title: titleOf(said.command),
    options,
    workingDirectory,
    expiresAt: said.expiresAt,
    // LOG2 names what belongs to it; a session id that the relay made is not the sender's.
    bodyHash: hashOf({ command: said.command, workingDirectory, options, sessionId: said.sessionId }),
    author: principal.author,
    refusal: await refusalOf(context, project, said),
  })
  const position = positionOf(outcome)
  await tellAttached(context, principal, { commandId, options, sessionId: position.sessionId })
  return { commandId, ...position }
}

/** Appends a cancel, a decision, a setting or a change of the queue. */
export async function sendInput(context: Context, principal: Principal, said: SendInput): Promise<{ seq: number }> {
  requireSize(said.data, MAX_INPUT_BYTES)
  const { sessionId, kind, data, key, digest } = said
  await findSession(context, principal, sessionId)
  if (kind === 'decision' && (key === undefined || digest === undefined)) {
    throw new FarhandError('BAD_REQUEST', 'A decision needs the key and the digest of its request.')
  }
  const outcome = await context.log.append({
    type: 'input',
    sessionId,
    inputId: said.inputId ?? context.newId(),
    kind,
    data,
    key,
    digest,
    bodyHash: hashOf({ sessionId, kind, data, key, digest }),
    author: principal.author,
  })
  const { seq } = positionOf(outcome)
  // One that waits for a person is held by no agent that could stop it.
  if (kind === 'cancel' && key !== undefined) await context.log.append({ type: 'drop', sessionId, commandId: key })
  return { seq }
}

/** Why a new command can't be taken. Handed on, because a repeat has its answer already, whatever became of these since. */
async function refusalOf(
  { attachments }: Context,
  project: ProjectRecord,
  { workingDirectory, options }: ExecuteCommand,
): Promise<FarhandError | undefined> {
  if (workingDirectory !== undefined && !isInsideProject(project.path, workingDirectory)) {
    return new FarhandError('CWD_FORBIDDEN')
  }
  // Of the same project, and there as a whole: the agent could only end the command with that.
  const missing: string[] = []
  for (const id of options?.attachments ?? []) {
    if ((await attachments.complete(id))?.projectId !== project.projectId) missing.push(id)
  }
  if (missing.length === 0) return undefined
  return new FarhandError('NOT_FOUND', `There is no such attachment: ${missing.join(', ')}`)
}

function hashOf(body: Record<string, unknown>): string {
  return createHash('sha256').update(canonicalJson(body)).digest('hex')
}
