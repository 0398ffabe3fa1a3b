import {
  FarhandError,
  previewRetentionSchema,
  retentionScopeSchema,
  setRetentionSchema,
  type RetentionScope,
} from '@farhand/shared'
import { Router, type Request } from 'express'
import type { Context } from '../actions/context.ts'
import { readRetention, requireScope, setRetention } from '../actions/retention.ts'
import { parse } from '../parsing.ts'
import type { Gate } from './identity.ts'

/** What may be deleted by itself: how it is, how it would be, and how it shall be. */
export function retentionRoutes(options: { gate: Gate; context: Context }): Router {
  const { gate, context } = options
  const router = Router()

  router.get('/retention/:scope', async (request, response) => {
    const principal = await gate.require(request)
    const scope = scopeOf(request)
    await requireScope(context, principal, scope)
    response.json({ ok: true, ...(await readRetention(context, scope)) })
  })

  router.post('/retention/:scope/preview', async (request, response) => {
    const principal = await gate.require(request)
    const scope = scopeOf(request)
    const { rule } = parse(previewRetentionSchema, request.body ?? {}, 'body')
    await requireScope(context, principal, scope)
    response.json({ ok: true, ...(await readRetention(context, scope, rule)) })
  })

  router.put('/retention/:scope', async (request, response) => {
    const principal = await gate.require(request)
    const scope = scopeOf(request)
    const said = parse(setRetentionSchema, request.body ?? {}, 'body')
    await requireScope(context, principal, scope)
    const { name, device } = principal.author
    const by = device === undefined ? name : `${name} (${device})`
    response.json({ ok: true, ...(await setRetention(context, scope, { ...said, by })) })
  })

  return router
}

function scopeOf(request: Request): RetentionScope {
  const parsed = retentionScopeSchema.safeParse(request.params['scope'])
  if (!parsed.success) throw new FarhandError('NOT_FOUND')
  return parsed.data
}
