import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import express from 'express'
import { expect, test } from 'vitest'
import { createAttempts } from '../auth/attempts.ts'
import { createGate, type Answers } from './identity.ts'

/** A server that looks up who asks, and takes its time with it. */
async function startGate() {
  const asked = Promise.withResolvers<void>()
  const known = Promise.withResolvers<void>()
  const answers: Answers = new Set()
  const gate = createGate({
    login: {
      bySession: () => Promise.resolve(undefined),
      byToken: async () => {
        asked.resolve()
        await known.promise
        return { id: 'o', name: 'O', credentialId: 'c' }
      },
    },
    attempts: createAttempts(),
    originRule: () => true,
    secureCookies: false,
    answers,
  })
  const noted = Promise.withResolvers<number>()
  const gone = Promise.withResolvers<void>()
  const app = express()
  app.get('/', async (request, response) => {
    response.once('close', gone.resolve)
    await gate.require(request)
    noted.resolve(answers.size)
    response.json({})
  })
  const server = createServer(app).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.write('GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nConnection: close\r\n\r\n')
  await asked.promise
  return { answers, client, server, gone: gone.promise, noted: noted.promise, answerLookup: known.resolve }
}

test('[CON6] what is being answered is known until it is', async () => {
  const { answers, client, server, noted, answerLookup } = await startGate()
  answerLookup()
  client.resume()
  expect(await noted).toBe(1)
  await expect.poll(() => answers.size).toBe(0)
  client.destroy()
  server.close()
})

test('whoever goes away while they are looked up is not kept for ever', async () => {
  const { answers, client, server, gone, noted, answerLookup } = await startGate()
  client.destroy()
  await gone
  answerLookup()
  await noted
  expect(answers.size).toBe(0)
  server.close()
})
