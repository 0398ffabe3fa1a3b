import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { createMachine, type Methods } from './machine.ts'

const PROJECT = randomUUID()
const asked = { projectId: PROJECT, author: { id: 'owner', name: 'Owner' } }
const unused = async (): Promise<never> => {
  throw new Error('nobody asked')
}
const methods: Methods = {
  claude_status: async () => ({ version: '1.2.3' }),
  'files.search': async ({ query }) => ({ files: [{ path: query }], truncated: false }),
  'files.read': unused,
  'git.status': async () => ({ repository: false }),
  'git.diff': unused,
  'models.list': unused,
  'commands.list': unused,
  'sessions.importable': unused,
  'grants.list': unused,
  'sessions.forget': unused,
  'sessions.origin': unused,
  'tasks.output': unused,
  'usage.list': unused,
  'sessions.rewind_preview': unused,
}
const rootOf = (projectId: string) => (projectId === PROJECT ? '/shop' : undefined)
const machine = createMachine(methods, { rootOf })

test('a method is answered with what its function says; one without parameters needs none', async () => {
  expect(await machine.answer({ ...asked, method: 'files.search', params: { query: 'a' } })).toEqual({
    files: [{ path: 'a' }],
    truncated: false,
  })
  expect(await machine.answer({ ...asked, method: 'git.status' })).toEqual({ repository: false })
  expect(await machine.answer({ ...asked, method: 'claude_status', params: null })).toEqual({ version: '1.2.3' })
})

test.each([
  ['an unknown method', { ...asked, method: 'files.erase' }, 'NOT_FOUND'],
  ["a method named as one of an object's own", { ...asked, method: 'constructor' }, 'NOT_FOUND'],
  ['a project that is not served', { ...asked, projectId: randomUUID(), method: 'git.status' }, 'NOT_FOUND'],
  ['missing parameters', { ...asked, method: 'files.search' }, 'BAD_REQUEST'],
  ['parameters of another shape', { ...asked, method: 'files.search', params: { query: 7 } }, 'BAD_REQUEST'],
  ['a limit above the limit', { ...asked, method: 'files.search', params: { query: '', limit: 101 } }, 'BAD_REQUEST'],
  ['a path with NUL', { ...asked, method: 'files.read', params: { path: 'a\0b' } }, 'BAD_REQUEST'],
])('%s is refused with its code', async (_what, request, code) => {
  await expect(machine.answer(request)).rejects.toMatchObject({ code })
})

test('who takes too long is answered for, and told to stop', async () => {
  const signals: AbortSignal[] = []
  const slow: Methods = {
    ...methods,
    'git.status': (_params, { signal }) => {
      signals.push(signal)
      return new Promise(() => {})
    },
  }
  const impatient = createMachine(slow, { rootOf, answerMs: 20 })
  await expect(impatient.answer({ ...asked, method: 'git.status' })).rejects.toMatchObject({ code: 'TIMEOUT_TOTAL' })
  expect(signals[0]?.aborted).toBe(true)
})

test('who was answered too late is at work until it is done, so that what hangs does not pile up', async () => {
  const gate = Promise.withResolvers<void>()
  const hanging: Methods = {
    ...methods,
    'files.read': async ({ path }) => {
      await gate.promise
      return { path, text: '', bytes: 0, truncated: false }
    },
  }
  const impatient = createMachine(hanging, { rootOf, answerMs: 20 })
  const ask = () => impatient.answer({ ...asked, method: 'files.read', params: { path: 'a' } })
  const late = await Promise.allSettled(Array.from({ length: 8 }, ask))
  expect(late.every(({ status }) => status === 'rejected')).toBe(true)
  await expect(ask()).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  gate.resolve()
  await new Promise((resolve) => setImmediate(resolve))
  expect(await impatient.answer({ ...asked, method: 'git.status' })).toEqual({ repository: false })
})

test('only so many questions are under way at once, and later ones are answered again', async () => {
  const gate = Promise.withResolvers<void>()
  const held: Methods = {
    ...methods,
    'git.status': async () => {
      await gate.promise
      return { repository: false }
    },
  }
  const busy = createMachine(held, { rootOf })
  const first = Array.from({ length: 8 }, () => busy.answer({ ...asked, method: 'git.status' }))
  await expect(busy.answer({ ...asked, method: 'git.status' })).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    retryAfterMs: expect.any(Number),
  })
  gate.resolve()
  await Promise.all(first)
  expect(await busy.answer({ ...asked, method: 'git.status' })).toEqual({ repository: false })
})
