import type { Config } from '../config.ts'
import type { Logger } from '../logger.ts'
import type { Bus } from './bus.ts'

/** The bus of the configuration; none where this relay is alone. */
export async function openBus(
  { redisUrl: url }: Pick<Config, 'redisUrl'>,
  logEpoch: string,
  logger: Logger,
): Promise<Bus | undefined> {
  if (url === undefined) return undefined
  const { openRedisBus } = await import('./redisBus.ts') // its client is for those who use it
  return await openRedisBus({ url, logEpoch, logger })
}
