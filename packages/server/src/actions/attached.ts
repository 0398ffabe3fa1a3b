import { createHash } from 'node:crypto'
import {
  canonicalJson,
  type AttachedBody,
  type AttachedFile,
  type Attachment,
  type ClaudeCodeOptions,
} from '@farhand/shared'
import type { Append } from '../log/store.ts'
import type { Context, Principal } from './context.ts'

type Command = { sessionId: string; commandId: string; options: ClaudeCodeOptions }

/**
 * Tells everybody who reads along which files go with a command, at once: the agent tells it first when the run begins, which
 * may be tomorrow. Told once, however often the command comes; nobody acts on it, so it is handed to no agent.
 */
export async function tellAttached(context: Context, { author }: Principal, command: Command): Promise<void> {
  const { commandId, sessionId, options } = command
  const attachments = await Promise.all((options.attachments ?? []).map(context.attachments.complete))
  const files = attachments.flatMap((attachment) => (attachment === undefined ? [] : [fileOf(attachment)]))
  if (files.length === 0) return
  const body: AttachedBody = { commandId, files }
  const inputId = idOf(commandId)
  const data = JSON.stringify(body)
  const entry: Append = {
    type: 'input',
    sessionId,
    inputId,
    kind: 'attached',
    data,
    key: undefined,
    digest: undefined,
    bodyHash: createHash('sha256').update(canonicalJson(body)).digest('hex'),
    author,
  }
  await Promise.all([context.log.append(entry), context.log.append({ type: 'delivered', inputId })])
}

function fileOf({ attachmentId: id, name, mediaType, bytes }: Attachment): AttachedFile {
  return { id, name, mediaType, bytes }
}

/** The same for the same command, and no other id that anybody makes (a UUID of version 8). */
function idOf(commandId: string): string {
  const hex = createHash('sha256').update(`attached ${commandId}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}
