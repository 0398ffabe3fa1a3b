import { DatabaseError } from 'pg'
import { FarhandError } from '@farhand/shared'

const RETRY_AFTER_MS = 2_000
const OTHERS = 'Others write the same.'

/** Somebody else wrote the same at the same time: the transaction may be tried again as a whole. */
const CONFLICTS: readonly string[] = [
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '23505', // unique_violation
]

/** Somebody else holds what is needed, or too many came at once. */
const BUSY: Record<string, string> = {
  '55P03': 'Another transaction holds what is needed.',
  '57014': 'The database took too long.',
  '53300': 'The database takes no more connections.',
  '40001': OTHERS,
  '40P01': OTHERS,
  '23505': OTHERS,
}

const UNAVAILABLE: Record<string, string> = {
  '25006': 'The database is read-only.',
  '53100': 'The disk of the database is full.',
  '53200': 'The database is out of memory.',
  '28000': 'The database does not let this user in.',
  '28P01': 'The database does not accept the password.',
  '3D000': 'There is no such database.',
  '42501': 'The user may not do this in the database.',
  '42P01': 'Tables are missing in the database.',
  '57P01': 'The database was shut down.',
  '57P02': 'The database crashed and comes back.',
  '57P03': 'The database is not ready.',
  '25P03': 'The database ended the connection.',
}

/** Classes of SQLSTATE: connections, resources, the operator, the system, damage. */
const UNAVAILABLE_CLASSES: readonly string[] = ['08', '53', '57', '58', 'XX']

/** What a transaction had read was not all of one moment, because somebody else wrote in between. */
export class ChangedMeanwhileError extends FarhandError {
  constructor() {
    super('STORAGE_BUSY', OTHERS, { retryAfterMs: RETRY_AFTER_MS })
  }
}

export function isConflict(error: unknown): boolean {
  if (error instanceof ChangedMeanwhileError) return true
  return error instanceof DatabaseError && CONFLICTS.includes(error.code ?? '')
}

/** Whether the server answered and its connection goes on; with anything else, nobody knows what became of a statement. */
export function isAnswer(error: unknown): boolean {
  return error instanceof DatabaseError && error.severity === 'ERROR'
}

/** Nobody is there, or not yet. */
export function isUnreachable(error: unknown): boolean {
  const cause = error instanceof FarhandError ? error.cause : error
  if (cause instanceof DatabaseError) return ['57P01', '57P02', '57P03'].includes(cause.code ?? '')
  return cause instanceof Error && isOfTheConnection(cause)
}

/** The code that a failure has for the outside, with its reason in our own words; what is no failure of the database comes back as it is. */
export function toPostgresError(error: unknown): unknown {
  if (error instanceof FarhandError || !(error instanceof Error)) return error
  if (!(error instanceof DatabaseError)) return isOfTheConnection(error) ? unavailable(reasonOf(error), error) : error
  const code = error.code ?? ''
  const busy = BUSY[code]
  if (busy !== undefined) return new FarhandError('STORAGE_BUSY', busy, { cause: error, retryAfterMs: RETRY_AFTER_MS })
  const reason = UNAVAILABLE[code]
  if (reason !== undefined) return unavailable(reason, error)
  return UNAVAILABLE_CLASSES.includes(code.slice(0, 2)) ? unavailable(`The database failed (${code}).`, error) : error
}

function unavailable(reason: string, cause: Error): FarhandError {
  return new FarhandError('STORAGE_UNAVAILABLE', reason, { cause, retryAfterMs: RETRY_AFTER_MS })
}

/** The driver gives no code to some of what it says itself. */
const DRIVER_SAYS =
  /terminated|timeout|timed out|not queryable|connection error|calling end on the pool|Client was closed|SSL/i

function isOfTheConnection(error: Error): boolean {
  return isSystemCode(codeOf(error)) || DRIVER_SAYS.test(error.message)
}

function reasonOf(error: Error): string {
  const code = codeOf(error)
  if (code !== undefined) return `The database cannot be reached (${code}).`
  if (/SSL/.test(error.message)) return 'The database offers no TLS.'
  if (/timeout|timed out/i.test(error.message)) return 'The database does not answer.'
  return 'The connection to the database was lost.'
}

/** ECONNREFUSED, ENOTFOUND and their like, and those of TLS. */
function isSystemCode(code: string | undefined): boolean {
  return code !== undefined && /^(E[A-Z]{3,}|ERR_(TLS|SSL|SOCKET)_|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_)/.test(code)
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
