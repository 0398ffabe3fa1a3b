import type { ConnectionStatus } from '../../stores/connectionStore.ts'

export type Reported = {
  /** Epoch milliseconds. */
  at: number
  relay: string
  status: ConnectionStatus
  roundTripMs: number | undefined
  usuallyMs: number | undefined
  /** How long ago anything was heard. */
  heardMs: number | undefined
  quality: string
  protocol: number | undefined
  instance: string | undefined
  secure: boolean
  missing: readonly string[]
  unsent: number
  browser: string
}

/** What helps whoever looks for a fault of the connection, as lines of text. Nothing that opens or was said is in it. Pure. */
export function connectionReport(facts: Reported): string {
  const { at, status, roundTripMs, usuallyMs, missing, ...others } = facts
  const lines: readonly (readonly [string, unknown])[] = [
    ['time', new Date(at).toISOString()],
    ['state', stateOf(status)],
    ['roundTripMs', roundTripMs === undefined ? undefined : `${roundTripMs}, usually ${usuallyMs}`],
    ['missing', missing.length === 0 ? undefined : missing.join(', ')],
    ...Object.entries(others),
  ]
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${String(value)}\n`)
    .join('')
}

function stateOf(status: ConnectionStatus): string {
  if ('attempt' in status) return `${status.name}, try ${status.attempt}`
  return status.name === 'rejected' ? `${status.name} ${status.code}` : status.name
}
