import { afterAll, describe, expect, test } from 'vitest'
import { REDIS_NEEDED, findRedis, startRedis, type TestRedis } from '../../test/redis.ts'
import { createLogger } from '../logger.ts'
import { busContract } from './busContract.ts'
import { openRedisBus } from './redisBus.ts'

const SOON = { timeout: 8_000 }

const program = findRedis()
if (program === undefined) {
  test(REDIS_NEEDED, () => console.log(REDIS_NEEDED))
} else {
  const redis = await startRedis(program)
  afterAll(() => redis.close())
  const logger = createLogger('silent')
  const { url } = redis
  busContract('Redis', () =>
    Promise.resolve({
      join: () => openRedisBus({ url, logEpoch: 'epoch', logger }),
      cut: (broken) => (broken ? redis.kill() : redis.start()),
    }),
  )
  describeOthers(redis)
}

function describeOthers(redis: TestRedis): void {
  const logs: string[] = []
  const logger = createLogger('info', { write: (line: string) => void logs.push(line) })
  const join = (logEpoch: string) => openRedisBus({ url: redis.url, logEpoch, logger })

  describe('a bus over Redis', () => {
    test('relays of another log on the same Redis are not heard', async () => {
      const [mine, same, other] = await Promise.all([join('one'), join('one'), join('two')])
      const heard: string[] = []
      mine.hear(({ text }) => void heard.push(text))
      await expect.poll(() => (mine.say({ type: 'alive' }), mine.state()), { timeout: 5_000 }).toBe('up')
      await expect.poll(() => (same.say({ type: 'alive' }), same.state()), { timeout: 5_000 }).toBe('up')
      await expect.poll(() => (other.say({ type: 'alive' }), other.state()), { timeout: 5_000 }).toBe('up')
      other.say({ type: 'ended', credentialId: 'x' }, 'other')
      same.say({ type: 'ended', credentialId: 'x' }, 'same')
      await expect.poll(() => heard.filter((text) => text !== ''), SOON).toEqual(['same'])
      await Promise.all([mine.close(), same.close(), other.close()])
    })

    test('a Redis that stands still is noticed, said once, and nothing piles up', async () => {
      const bus = await join('stalled')
      const beat = () => {
        bus.say({ type: 'alive' })
        return bus.state()
      }
      await expect.poll(beat, { timeout: 5_000, interval: 100 }).toBe('up')
      logs.length = 0
      redis.signal('SIGSTOP')
      await expect.poll(beat, { timeout: 5_000, interval: 300 }).toBe('down')
      const before = process.memoryUsage().rss
      const text = 'x'.repeat(1024 * 1024)
      for (let said = 0; said < 200; said++) bus.say({ type: 'ended', credentialId: 'x' }, text)
      expect(process.memoryUsage().rss - before).toBeLessThan(120 * 1024 * 1024)
      redis.signal('SIGCONT')
      await expect.poll(beat, { timeout: 8_000, interval: 300 }).toBe('up')
      expect(logs.filter((line) => line.includes('Redis')).map((line) => /is back/.test(line))).toEqual([false, true])
      expect(bus.lagMs()).toBeGreaterThan(0)
      await bus.close()
    })
  })
}
