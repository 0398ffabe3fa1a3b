import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { AGENT, fakeRepository, isAlive, SERVER, STUBBORN_AGENT } from './fixtures.ts'
import { readOptions, type Options } from './options.ts'
import { freePort } from '../../packages/server/test/freePort.ts'
import { run } from './run.ts'

test('start shows one link once both are up, gives both one token, and ends both when asked', async () => {
  await using house = await open()
  await house.says('Open this link')
  expect(house.text().match(/login#code=secret/g)).toHaveLength(1)
  expect(house.text()).toContain('the token is the same')
  expect(house.text()).toContain('serving /somewhere')
  house.stop.abort()
  await expect(house.ended).resolves.toBeUndefined()
  await house.everybodyIsGone(2)
})

test('a part that dies ends everything, and is named', async () => {
  await using house = await open({ agent: `${AGENT}\nsetTimeout(() => process.exit(7), 200)` })
  await expect(house.ended).resolves.toBe('The agent ended with code 7, so everything was stopped.')
  await house.everybodyIsGone(2)
})

test('a part that dies at once ends the start as well', async () => {
  await using house = await open({ server: 'process.exit(1)' })
  await expect(house.ended).resolves.toBe('The server ended with code 1, so everything was stopped.')
  expect(house.text()).not.toContain('Open this link')
})

test('what a part leaves behind is ended with it', async () => {
  await using house = await open({ agent: STUBBORN_AGENT })
  await house.says('Open this link')
  house.stop.abort()
  await house.ended
  await house.everybodyIsGone(3)
})

test.runIf(process.platform === 'linux')('what left the group of a part that was killed is ended as well', async () => {
  await using house = await open({
    agent: STUBBORN_AGENT.replace("{ stdio: 'ignore' }", "{ stdio: 'ignore', detached: true }"),
  })
  await house.says('Open this link')
  process.kill(Number(/\[agent\] pid (\d+)/.exec(house.text())?.[1]), 'SIGKILL')
  await expect(house.ended).resolves.toBe('The agent was ended by SIGKILL, so everything was stopped.')
  await house.everybodyIsGone(3)
})

test('a second request to stop does not wait for a part that takes its time', async () => {
  await using house = await open({ server: SERVER.replace('process.exit(0)', "console.log('not yet')") })
  await house.says('Open this link')
  house.stop.abort()
  await house.says('not yet')
  house.kill.abort()
  await house.ended
  await house.everybodyIsGone(2)
})

test('asked to stop before anything began, nothing begins', async () => {
  await using repository = await fakeRepository()
  const printed: string[] = []
  const stop = AbortSignal.abort()
  const surroundings = {
    root: repository.root,
    calledIn: '/',
    env: {},
    print: (text: string) => void printed.push(text),
    stop,
    kill: stop,
  }
  await expect(run(options(0), surroundings)).resolves.toBeUndefined()
  expect(printed).toEqual([])
})

function options(port: number): Options {
  const read = readOptions(['start', '--port', String(port)], {})
  if (read === 'help') throw new Error('not asked for')
  return read
}

async function open(mains: { server?: string; agent?: string } = {}) {
  const repository = await fakeRepository(mains)
  let text = ''
  const stop = new AbortController()
  const kill = new AbortController()
  const ended = run(options(await freePort()), {
    root: repository.root,
    calledIn: '/somewhere',
    env: { PATH: process.env.PATH },
    print: (more) => void (text += more),
    stop: stop.signal,
    kill: kill.signal,
  })
  ended.catch(() => {}) // awaited by the test, maybe after it has already failed elsewhere
  return {
    stop,
    kill,
    ended,
    text: () => text,
    says: (what: string) => expect.poll(() => text, { timeout: 20_000 }).toContain(what),
    async everybodyIsGone(count: number) {
      const pids = [...text.matchAll(/pid (\d+)/g)].map((match) => Number(match[1]))
      expect(pids).toHaveLength(count)
      await expect.poll(() => pids.filter(isAlive), { timeout: 5_000 }).toEqual([])
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await sleep(0)
      kill.abort()
      await ended.catch(() => {}) // the test has seen it
      await repository[Symbol.asyncDispose]()
    },
  }
}
