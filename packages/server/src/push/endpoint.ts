import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

/**
 * Where a push may go. A browser names the address, so whoever is signed in could have the relay call machines that only it
 * reaches: only https to public addresses is taken, by what the name means at the moment of sending.
 */

/** Why an address is not taken; undefined: it is. `open` also takes plain http and this machine, for tests. Pure. */
export function endpointProblem(endpoint: string, open: boolean): string | undefined {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url === undefined) return 'The address of the push service is none.'
  if (url.username !== '' || url.password !== '') return 'The address of the push service has a password in it.'
  if (open) return undefined
  if (url.protocol !== 'https:') return 'The address of the push service does not begin with https://.'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return isIP(host) !== 0 && !isPublic(host) ? 'The address of the push service is not a public one.' : undefined
}

/** Finds the addresses of a name and refuses one that has any that is not public: it could be the next one that is tried. */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? []
    if (error !== null || first === undefined) return callback(error ?? new Error('no address'), '')
    if (!addresses.every(({ address }) => isPublic(address))) return callback(new Error('not a public address'), '')
    if (options.all === true) return callback(null, addresses)
    callback(null, first.address, first.family)
  })
}

/** Neither this machine, nor its network, nor anything with a meaning of its own. Pure. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 6) return GLOBAL_IPV6.check(address, 'ipv6') && !SPECIAL.check(address, 'ipv6')
  return isIP(address) === 4 && !SPECIAL.check(address, 'ipv4')
}

/** All that is given out; an IPv4 address in the clothes of IPv6 is outside of it. */
const GLOBAL_IPV6 = new BlockList()
GLOBAL_IPV6.addSubnet('2000::', 3, 'ipv6')

/** The special-purpose registries of IANA, as far as they are not public. */
const SPECIAL = new BlockList()
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  SPECIAL.addSubnet(net, prefix, 'ipv4')
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  SPECIAL.addSubnet(net, prefix, 'ipv6')
