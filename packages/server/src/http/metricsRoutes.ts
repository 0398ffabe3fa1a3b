import { isIP } from 'node:net'
import { FarhandError } from '@farhand/shared'
import { Router, type Request } from 'express'
import type { AgentProof } from '../actions/status.ts'
import type { Meters } from '../metrics/meters.ts'
import { addressOf, bearerOf, type Gate } from './identity.ts'

/**
 * `/metrics` for Prometheus, to this machine itself or with an owner's token; `/api/status` has the same as JSON for the page, with the
 * age of the last proof of every agent and its Claude Code.
 */
export function metricsRoutes(options: {
  gate: Gate
  meters: Meters
  sample(): Promise<void>
  agents(): Promise<AgentProof[]>
}): Router {
  const { gate, meters, sample, agents } = options
  const router = Router()

  router.get('/metrics', async (request, response) => {
    if (!isLocal(request)) {
      if (bearerOf(request) === undefined) throw new FarhandError('UNAUTHENTICATED')
      await gate.require(request)
    }
    await sample()
    response.type(meters.registry.contentType).send(await meters.registry.metrics())
  })

  router.get('/api/status', async (request, response) => {
    await gate.require(request)
    await sample()
    response.json({ ok: true, agents: await agents(), metrics: await meters.registry.getMetricsAsJSON() })
  })

  return router
}

/** Somebody on this machine, not a proxy on this machine that speaks for somebody else. */
function isLocal(request: Request): boolean {
  if (request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined) return false
  const address = addressOf(request).replace(/^::ffff:/, '')
  return address === '::1' || (isIP(address) === 4 && address.startsWith('127.'))
}
