import { join } from 'node:path'
import type { NoticeBody } from '@farhand/shared'
import { openHouse, type House, type HouseOptions, type HouseSession } from './house.ts'

/** A small ACP agent of our own. */
export const ACP_AGENT = join(import.meta.dirname, 'fixtures', 'acpAgent.ts')

/** A house in which that one answers. */
export function openAcpHouse(flags: readonly string[] = [], more: HouseOptions = {}): Promise<House> {
  return openHouse({ acp: [ACP_AGENT, ...flags], ...more })
}

export function noticesOf(session: HouseSession, type: string): NoticeBody[] {
  return (session.bodies('notice') as NoticeBody[]).filter((notice) => notice.type === type)
}
