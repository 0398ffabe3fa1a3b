import { FarhandError, savePushSchema } from '@farhand/shared'
import { Router, type Request } from 'express'
import { loginOf } from '../auth/login.ts'
import { parse } from '../parsing.ts'
import type { Push } from '../push/push.ts'
import type { Gate } from './identity.ts'

/** Whether and of what this browser is told when none of its tabs is open. */
export function pushRoutes(options: { gate: Gate; push: Push }): Router {
  const { gate, push } = options
  const router = Router()

  async function requireBrowser(request: Request): Promise<string> {
    const { identity } = await gate.require(request)
    const login = loginOf(identity.credentialId)
    if (login === undefined) throw new FarhandError('FORBIDDEN', 'Only a browser that is signed in has notifications.')
    return login
  }

  router.get('/push', async (request, response) => {
    const login = await requireBrowser(request)
    response.json({ ok: true, ...(await push.state(login)) })
  })

  router.put('/push', async (request, response) => {
    const login = await requireBrowser(request)
    const said = parse(savePushSchema, request.body ?? {}, 'body')
    response.json({ ok: true, ...(await push.save(login, said)) })
  })

  router.delete('/push', async (request, response) => {
    await push.forget(await requireBrowser(request))
    response.json({ ok: true })
  })

  router.post('/push/test', async (request, response) => {
    response.json({ ok: true, outcome: await push.test(await requireBrowser(request)) })
  })

  return router
}
