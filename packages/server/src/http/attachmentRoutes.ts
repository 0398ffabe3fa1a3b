import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { ATTACHMENT_CHUNK_BYTES, FarhandError, newAttachmentSchema, type Attachment } from '@farhand/shared'
import express, { Router, type Request, type Response } from 'express'
import { z } from 'zod'
import { requireProject, type Context } from '../actions/context.ts'
import { noAttachment, type AttachmentStore } from '../attachments/attachmentStore.ts'
import type { Attempts } from '../auth/attempts.ts'
import { tokenCredential } from '../auth/login.ts'
import type { Tokens } from '../auth/tokens.ts'
import { parse } from '../parsing.ts'
import { idOf } from './ids.ts'
import { addressOf, answerTo, bearerOf, type Answers, type Gate } from './identity.ts'

const offsetSchema = z
  .string()
  .regex(/^\d{1,10}$/)
  .transform(Number)

const MAX_SAID_BYTES = 16 * 1024

export type AttachmentRoutes = {
  gate: Gate
  context: Context
  attachments: AttachmentStore
  tokens: Tokens
  attempts: Attempts
  answers: Answers
}

/** Files up to the relay in chunks, and down from it to people and to the agent. Who asks is looked at before any body is read. */
export function attachmentRoutes(options: AttachmentRoutes): Router {
  const { gate, context, attachments } = options
  const router = Router()
  const authorised: express.RequestHandler = async (request, _response, next) => {
    await gate.require(request)
    next()
  }
  const authorisedFor: express.RequestHandler = async (request, _response, next) => {
    const principal = await gate.require(request)
    const attachment = await attachments.find(idOf(request, 'attachmentId'))
    if (attachment === undefined) throw noAttachment()
    await requireProject(context, principal, attachment.projectId)
    next()
  }

  const said = express.json({ limit: MAX_SAID_BYTES })
  router.post('/projects/:projectId/attachments', authorised, said, async (request, response) => {
    const principal = await gate.require(request)
    const { projectId } = await requireProject(context, principal, idOf(request, 'projectId'))
    const wanted = parse(newAttachmentSchema, request.body, 'body')
    const attachmentId = wanted.attachmentId ?? context.newId()
    response.status(201).json({ ok: true, ...told(await attachments.begin(projectId, attachmentId, wanted)) })
  })

  const chunk = express.raw({ type: () => true, limit: ATTACHMENT_CHUNK_BYTES })
  router.put('/attachments/:attachmentId', authorisedFor, chunk, async (request, response) => {
    const offset = offsetSchema.safeParse(request.query['offset'] ?? '0')
    if (!offset.success || !Buffer.isBuffer(request.body)) throw new FarhandError('BAD_REQUEST', NO_CHUNK)
    const attachment = await attachments.append(idOf(request, 'attachmentId'), offset.data, request.body)
    response.json({ ok: true, ...told(attachment) })
  })

  router.get('/attachments/:attachmentId', async (request, response) => {
    const principal = await gate.require(request)
    const attachment = await attachments.complete(idOf(request, 'attachmentId'))
    if (attachment === undefined) throw noAttachment()
    await requireProject(context, principal, attachment.projectId)
    await send(response, attachments, attachment)
  })

  router.get('/agent/attachments/:attachmentId', async (request, response) => {
    const tokenId = await requireAgent(options, request)
    const attachment = await attachments.complete(idOf(request, 'attachmentId'))
    if (attachment === undefined) throw noAttachment()
    await requireServing(context, attachment, tokenId)
    await send(response, attachments, attachment)
  })

  return router
}

const NO_CHUNK = 'A chunk is a body of bytes, with the query `offset`.'

async function requireAgent(
  { tokens, attempts, answers }: Pick<AttachmentRoutes, 'tokens' | 'attempts' | 'answers'>,
  request: Request,
): Promise<string> {
  const token = bearerOf(request)
  if (token === undefined) throw new FarhandError('UNAUTHENTICATED')
  return await attempts.guard('agent', addressOf(request), async () => {
    const known = await tokens.verify('agent', token)
    if (known === undefined) throw new FarhandError('UNAUTHENTICATED', 'This agent token is not valid.')
    answerTo(answers, request, tokenCredential(known.tokenId))
    return known.tokenId
  })
}

/** Only the agent that serves the project gets its files, and only while it is here with that very token. */
async function requireServing({ store, agents }: Context, { projectId }: Attachment, tokenId: string): Promise<void> {
  const project = await store.project(projectId)
  const agent = project === undefined ? undefined : agents.reach(project)
  // It may be about to say hello, after a restart of the relay: it asks again.
  if (agent === undefined) throw new FarhandError('AGENT_OFFLINE')
  if (agent.tokenId !== tokenId) throw noAttachment()
}

function told({ attachmentId, name, mediaType, bytes, received }: Attachment) {
  return { attachmentId, name, mediaType, bytes, received, chunkBytes: ATTACHMENT_CHUNK_BYTES }
}

/** As a download, never as a page: nothing of what somebody uploaded runs here. */
async function send(response: Response, attachments: AttachmentStore, attachment: Attachment): Promise<void> {
  const { attachmentId, name, mediaType, bytes, sha256 } = attachment
  response.setHeader('Content-Type', mediaType.startsWith('text/') ? 'text/plain; charset=utf-8' : mediaType)
  response.setHeader('Content-Length', bytes)
  response.setHeader('Content-Disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`)
  response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox")
  response.setHeader('X-Farhand-Attachment', encodeURIComponent(JSON.stringify({ name, mediaType, bytes, sha256 })))
  await pipeline(createReadStream(attachments.path(attachmentId)), response)
}
