import dns from 'node:dns'
import { readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/**
 * For tests alone, by `--import`: names are looked up in the file that `HOSTS_FILE` says (lines of an address and a
 * name), and nowhere else. So a name can begin to exist, or move, while a program runs.
 */
const file = process.env['HOSTS_FILE'] ?? ''
const system = dns.lookup

function addressOf(name: string): string | undefined {
  const entries = readFileSync(file, 'utf8').split('\n')
  return entries.map((line) => line.trim().split(/\s+/)).find(([, known]) => known === name)?.[0]
}

type Options = dns.LookupOptions | number | undefined
type Callback = (error: Error | null, address?: string | dns.LookupAddress[], family?: number) => void

function lookup(name: string, options: Options | Callback, callback?: Callback): void {
  const answer = typeof options === 'function' ? options : callback
  const wantsAll = typeof options === 'object' && options.all === true
  const address = addressOf(name)
  if (answer === undefined) throw new TypeError('a lookup needs a callback')
  if (address === undefined) {
    const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND', hostname: name })
    setImmediate(answer, error)
  } else if (wantsAll) setImmediate(answer, null, [{ address, family: 4 }])
  else setImmediate(answer, null, address, 4)
}

dns.lookup = Object.assign(lookup, { __promisify__: system.__promisify__ }) as typeof system // its overloads, by one
syncBuiltinESMExports()
