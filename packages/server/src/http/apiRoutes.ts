import { MAX_PAGE_ENTRIES, executeCommandSchema, readSchema, sendInputSchema } from '@farhand/shared'
import { Router } from 'express'
import { z } from 'zod'
import { executeCommand, sendInput } from '../actions/commands.ts'
import type { Context } from '../actions/context.ts'
import { listProjects, readPage } from '../actions/reading.ts'
import { parse } from '../parsing.ts'
import { idOf } from './ids.ts'
import type { Gate } from './identity.ts'
import { streamEntries, type Streams } from './stream.ts'

const commandBodySchema = executeCommandSchema.omit({ projectId: true, type: true })
const inputBodySchema = sendInputSchema.omit({ sessionId: true, type: true })
const numberSchema = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
const pageQuerySchema = z
  .object({ after: numberSchema.optional(), before: numberSchema.optional(), limit: numberSchema.optional() })
  .transform(({ limit = MAX_PAGE_ENTRIES, ...query }) => ({ ...query, limit: Math.min(limit, MAX_PAGE_ENTRIES) }))
  .pipe(readSchema.omit({ sessionId: true, type: true }))

/** The log over plain HTTP, with the same functions, answers and codes as over a socket. */
export function apiRoutes(options: { gate: Gate; context: Context; streams: Streams }): Router {
  const { gate, context, streams } = options
  const router = Router()

  router.get('/projects', async (request, response) => {
    const principal = await gate.require(request)
    response.json({ ok: true, ...(await listProjects(context, principal)) })
  })

  router.post('/projects/:projectId/commands', async (request, response) => {
    const principal = await gate.require(request)
    const said = parse(commandBodySchema, request.body ?? {}, 'body')
    const accepted = await executeCommand(context, principal, { ...said, projectId: idOf(request, 'projectId') })
    response.status(202).json({ ok: true, ...accepted })
  })

  router.get('/sessions/:sessionId/entries', async (request, response) => {
    const principal = await gate.require(request)
    const query = parse(pageQuerySchema, request.query, 'query')
    const page = await readPage(context, principal, { ...query, sessionId: idOf(request, 'sessionId') }, 'full')
    response.json({ ok: true, ...page })
  })

  router.get('/sessions/:sessionId/stream', async (request, response) => {
    const principal = await gate.require(request)
    await streamEntries({ context, streams, principal, sessionId: idOf(request, 'sessionId'), request, response })
  })

  router.post('/sessions/:sessionId/inputs', async (request, response) => {
    const principal = await gate.require(request)
    const said = parse(inputBodySchema, request.body ?? {}, 'body')
    const answer = await sendInput(context, principal, { ...said, sessionId: idOf(request, 'sessionId') })
    response.status(202).json({ ok: true, ...answer })
  })

  return router
}
