import { FarhandError, fromWire, type WireError } from '@farhand/shared'
import { z } from 'zod'
import { takeFirstTicket, TICKET_PATH } from './firstTicket.ts'
import { rememberPerson } from './person.ts'
import { readSettings } from './settings.ts'

/** How long an HTTP answer may take. */
const API_TIMEOUT_MS = 10_000

const answerSchema = z.union([
  z.looseObject({ ok: z.literal(true) }),
  z.object({
    ok: z.literal(false),
    error: z.object({
      code: z.string(),
      message: z.string(),
      retryable: z.boolean(),
      retryAfterMs: z.number().optional(),
    }),
  }),
])
const ticketSchema = z.object({ ticket: z.string() })

/** The one-time code of a login link, or a token. */
export type Credential = { code: string } | { token: string }

export async function login(credential: Credential): Promise<void> {
  await post('/api/login', credential)
  rememberPerson(undefined) // it may be another one than before; the welcome says who
}

export async function logout(): Promise<void> {
  await post('/api/logout')
}

/** A ticket opens one connection, within seconds. UNAUTHENTICATED: nobody is signed in here. */
export async function buyTicket(): Promise<string> {
  const first = takeFirstTicket()
  return ticketSchema.parse(first === undefined ? await post(TICKET_PATH) : await readAnswer(await first)).ticket
}

export async function post(path: string, body: object = {}, signal?: AbortSignal): Promise<object> {
  const content = { body: JSON.stringify(body), type: 'application/json' }
  return await readAnswer(await callRelay('POST', path, { ...content, signals: [signal] }))
}

/** A call that has its answer within `timeoutMs`, unless one of `signals` ends it before. Rejects where there is no answer. */
export async function callRelay(
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  given: { body?: BodyInit; type?: string; timeoutMs?: number; signals?: readonly (AbortSignal | undefined)[] } = {},
): Promise<Response> {
  const { relayUrl } = readSettings()
  const { body, type, timeoutMs = API_TIMEOUT_MS, signals = [] } = given
  return await fetch(relayUrl + path, {
    method,
    credentials: relayUrl === '' ? 'same-origin' : 'include',
    headers: { ...(type === undefined ? {} : { 'Content-Type': type }), 'X-Farhand': '1' },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...signals.filter((each) => each !== undefined)]),
  })
}

/** What the relay says in its JSON; rejects with its refusal. */
export async function readAnswer(response: Response): Promise<object> {
  const answer = answerSchema.safeParse(await response.json().catch(() => undefined)) // a proxy's error page is no JSON
  if (!answer.success) throw fromWire(foreignAnswer(response.status))
  if (!answer.data.ok) throw fromWire(onlyGiven(answer.data.error))
  return answer.data
}

/** The relay answers in JSON, always: whatever this is, and whatever status it has, somebody in between said it. */
function foreignAnswer(status: number): WireError {
  const message = `Something else answered in the relay's place (status ${status}): a network that wants a sign-in, or a proxy.`
  return { code: 'INTERNAL', message, retryable: true }
}

function onlyGiven({
  retryAfterMs,
  ...error
}: Omit<WireError, 'retryAfterMs'> & { retryAfterMs?: number | undefined }): WireError {
  return retryAfterMs === undefined ? error : { ...error, retryAfterMs }
}

/** The error of a network that did not answer, in words for people. */
export function asFarhandError(error: unknown): FarhandError {
  return error instanceof FarhandError
    ? error
    : new FarhandError('INTERNAL', 'The relay cannot be reached.', { cause: error })
}
