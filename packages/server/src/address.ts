import { networkInterfaces } from 'node:os'
import { bracket, isEveryAddress } from './auth/origin.ts'
import type { Config } from './config.ts'

/** The addresses of this machine that others in its network can reach, IPv4 first. */
export function lanAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const reachable = all.filter((one) => !one.internal && !one.address.startsWith('fe80:'))
  return [...reachable].sort((a, b) => a.family.localeCompare(b.family)).map((one) => one.address)
}

/** The address under which people open the page. */
export function pageUrl(
  config: Pick<Config, 'host' | 'publicUrl' | 'lan'>,
  port: number,
  lan: readonly string[],
): string {
  if (config.publicUrl !== undefined) return new URL(config.publicUrl).origin
  const name = isEveryAddress(config.host) ? (lan[0] ?? '127.0.0.1') : config.host
  return `http://${bracket(name)}:${port}`
}
