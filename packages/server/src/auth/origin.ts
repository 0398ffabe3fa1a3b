import type { IncomingHttpHeaders } from 'node:http'

/**
 * Which pages may talk to this relay. Origins are compared as whole strings, never by prefix and never with the Host
 * header: a name that an attacker points at this machine has the same Host and the same Origin.
 */
export type OriginRule = (headers: IncomingHttpHeaders) => boolean

/** All origins under which the page is served, when the server listens on `port`. */
export function allowedOrigins(options: {
  host: string
  port: number
  publicUrl: string | undefined
  extra: readonly string[]
  lanAddresses: readonly string[]
}): Set<string> {
  const { host, port, publicUrl, extra, lanAddresses } = options
  const names = [...namesOf(host), ...lanAddresses]
  return new Set([
    ...(publicUrl === undefined ? [] : [new URL(publicUrl).origin]),
    ...extra.map((origin) => new URL(origin).origin),
    // URL leaves out the port that is the scheme's own, as browsers do in Origin.
    ...names.map((name) => new URL(`http://${bracket(name)}:${port}`).origin),
  ])
}

/** Browsers send Origin with everything that matters. Without it, only what a browser marks as its own page, or no browser. */
export function browserOriginRule(origins: { has(origin: string): boolean }): OriginRule {
  return (headers) => {
    if (headers.origin !== undefined) return origins.has(headers.origin)
    const site = headers['sec-fetch-site']
    return site === undefined || site === 'same-origin' || site === 'none'
  }
}

/** Agents are no browsers: whoever sends an Origin is a page and has no business here. */
export const agentOriginRule: OriginRule = (headers) =>
  headers.origin === undefined && headers['sec-fetch-site'] === undefined

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1']
/** To listen on all addresses of this machine. */
export const EVERY_ADDRESS = '0.0.0.0'
const EVERY_ADDRESSES = [EVERY_ADDRESS, '::', '']

export function isLoopback(host: string): boolean {
  return LOOPBACK_NAMES.includes(host) || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(host)
}

export function isEveryAddress(host: string): boolean {
  return EVERY_ADDRESSES.includes(host)
}

/** A server on all addresses is reached by the loopback names as well. */
function namesOf(host: string): string[] {
  if (isLoopback(host)) return [...new Set([...LOOPBACK_NAMES, host])]
  return isEveryAddress(host) ? LOOPBACK_NAMES : [host]
}

/** A name as it stands in a URL: an IPv6 address goes into brackets. */
export function bracket(name: string): string {
  return name.includes(':') ? `[${name}]` : name
}
