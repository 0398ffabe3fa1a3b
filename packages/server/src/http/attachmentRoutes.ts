import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { ATTACHMENT_CHUNK_BYTES, FarhandError, idSchema, newAttachmentSchema, type Attachment } from '@farhand/shared'
import express, { Router, type Request, type Response } from 'express'
import { z } from 'zod'
import { requireProject, type Context } from '../actions/context.ts'
import { noAttachment, type AttachmentStore } from '../attachments/attachmentStore.ts'
import type { Attempts } from '../auth/attempts.ts'
import type { Tokens } from '../auth/tokens.ts'
import { addressOf, bearerOf, type Gate } from './identity.ts'

const offsetSchema = z
  .string()
  .regex(/^\d{1,10}$/)
  .transform(Number)

/** Files up to the relay in chunks, and down from it to people and to the agent. */
export function attachmentRoutes(options: {
  gate: Gate
  context: Context
  attachments: AttachmentStore
  tokens: Tokens
  attempts: Attempts
}): Router {
  const { gate, context, attachments } = options
  const router = Router()

  router.post('/projects/:projectId/attachments', async (request, response) => {
    const principal = await gate.require(request)
    const { projectId } = await requireProject(context, principal, idOf(request, 'projectId'))
    const said = newAttachmentSchema.safeParse(request.body)
    if (!said.success) throw new FarhandError('BAD_REQUEST', z.prettifyError(said.error).slice(0, 300))
    const attachmentId = said.data.attachmentId ?? context.newId()
    response.status(201).json({ ok: true, ...told(await attachments.begin(projectId, attachmentId, said.data)) })
  })

  const chunk = express.raw({ type: () => true, limit: ATTACHMENT_CHUNK_BYTES })
  // Who asks is looked at before anything of the body is read.
  router.put('/attachments/:attachmentId', authorised(gate), chunk, async (request, response) => {
    const offset = offsetSchema.safeParse(request.query['offset'] ?? '0')
    if (!offset.success || !Buffer.isBuffer(request.body)) throw new FarhandError('BAD_REQUEST', NO_CHUNK)
    const attachment = await attachments.append(idOf(request, 'attachmentId'), offset.data, request.body)
    response.json({ ok: true, ...told(attachment) })
  })

  router.get('/attachments/:attachmentId', async (request, response) => {
    await gate.require(request)
    await send(response, attachments, idOf(request, 'attachmentId'))
  })

  router.get('/agent/attachments/:attachmentId', async (request, response) => {
    await requireAgent(options, request)
    await send(response, attachments, idOf(request, 'attachmentId'))
  })

  return router
}

const NO_CHUNK = 'A chunk is a body of bytes, with the query `offset`.'

function authorised(gate: Gate): express.RequestHandler {
  return async (request, _response, next) => {
    await gate.require(request)
    next()
  }
}

async function requireAgent(options: { tokens: Tokens; attempts: Attempts }, request: Request): Promise<void> {
  const token = bearerOf(request)
  if (token === undefined) throw new FarhandError('UNAUTHENTICATED')
  await options.attempts.guard('token', addressOf(request), async () => {
    if ((await options.tokens.verify('agent', token)) !== undefined) return
    throw new FarhandError('UNAUTHENTICATED', 'This agent token is not valid.')
  })
}

function idOf(request: Request, name: 'projectId' | 'attachmentId'): string {
  const parsed = idSchema.safeParse(request.params[name])
  if (!parsed.success) throw new FarhandError('NOT_FOUND')
  return parsed.data
}

function told({ attachmentId, name, mediaType, bytes, received }: Attachment) {
  return { attachmentId, name, mediaType, bytes, received, chunkBytes: ATTACHMENT_CHUNK_BYTES }
}

/** As a download, never as a page: nothing of what somebody uploaded runs here. */
async function send(response: Response, attachments: AttachmentStore, id: string): Promise<void> {
  const attachment = attachments.complete(id)
  if (attachment === undefined) throw noAttachment()
  const { name, mediaType, bytes, sha256 } = attachment
  response.setHeader('Content-Type', mediaType.startsWith('text/') ? 'text/plain; charset=utf-8' : mediaType)
  response.setHeader('Content-Length', bytes)
  response.setHeader('Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`)
  response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox")
  response.setHeader('X-Farhand-Attachment', encodeURIComponent(JSON.stringify({ name, mediaType, bytes, sha256 })))
  await pipeline(createReadStream(attachments.path(id)), response)
}
