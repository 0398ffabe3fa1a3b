// @vitest-environment node
import { FarhandError } from '@farhand/shared'
import { effectScope } from 'vue'
import { expect, test } from 'vitest'
import { settle } from '../testing/world.ts'
import { useAnswer } from './useAnswer.ts'

/** Questions whose answers a test gives, in the order in which it likes. */
function buildWorld() {
  const waiting: { resolve(value: string): void; reject(error: unknown): void }[] = []
  const scope = effectScope()
  const asking = scope.run(() =>
    useAnswer(
      () => new Promise<string>((resolve, reject) => waiting.push({ resolve, reject })),
      () => 'studio',
    ),
  )
  if (asking === undefined) throw new Error('the scope has ended')
  return { ...asking, waiting, scope }
}

test('the last question counts, whichever answer comes last', async () => {
  const { answer, ask, waiting } = buildWorld()
  void ask()
  void ask()
  waiting[1]?.resolve('new')
  waiting[0]?.resolve('old')
  await settle()
  expect(answer.value).toEqual({ name: 'answered', value: 'new' })
})

test('a refusal is told in words, and asking again takes it away', async () => {
  const { answer, ask, waiting } = buildWorld()
  void ask()
  waiting[0]?.reject(new FarhandError('AGENT_OFFLINE'))
  await settle()
  expect(answer.value).toEqual({ name: 'refused', why: 'studio is not connected. Try again when it is.' })
  void ask()
  expect(answer.value).toEqual({ name: 'asking' })
  waiting[1]?.resolve('here')
  await settle()
  expect(answer.value).toEqual({ name: 'answered', value: 'here' })
})

test('what is known stays while it is asked again', async () => {
  const { answer, ask, waiting } = buildWorld()
  void ask()
  waiting[0]?.resolve('first')
  await settle()
  void ask()
  expect(answer.value).toEqual({ name: 'answered', value: 'first' })
})

test('an answer that nobody waits for any more changes nothing', async () => {
  const { answer, ask, waiting, scope } = buildWorld()
  void ask()
  scope.stop()
  waiting[0]?.resolve('late')
  await settle()
  expect(answer.value).toEqual({ name: 'asking' })
})
