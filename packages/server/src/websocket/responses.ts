import {
  MAX_RESPONSES_PER_MESSAGE,
  commandResponseSchema,
  commandResponsesSchema,
  type CommandResponse,
} from '@farhand/shared'
import type { z } from 'zod'
import { parse } from '../parsing.ts'

/**
 * What `commandResponsesSchema` takes, as a list. Nearly all that comes in is this, so what is plainly right is seen here in
 * a tenth of the time; about anything else the schema has the word.
 * @throws FarhandError `BAD_REQUEST`
 */
export function parseResponses(payload: unknown): CommandResponse[] {
  if (payload instanceof PlainResponses) return payload.responses
  return plainResponses(payload) ?? [parse(commandResponsesSchema, payload, 'payload')].flat()
}

/** A list that was seen to be plainly right, so that nobody looks again. */
export class PlainResponses {
  readonly responses: CommandResponse[]

  constructor(responses: CommandResponse[]) {
    this.responses = responses
  }
}

/** The payload as a list where it is plainly right; undefined leaves it to the schema. */
export function plainResponses(payload: unknown): CommandResponse[] | undefined {
  const said: unknown[] = Array.isArray(payload) ? payload : [payload]
  return said.length <= MAX_RESPONSES_PER_MESSAGE && said.length > 0 && said.every(isPlain) ? said : undefined
}

const { shape } = commandResponseSchema
/** Texts that come again and again, each looked at once. */
const isSessionId = remembering(shape.sessionId)
const isCommandId = remembering(shape.commandId)
const isKind = remembering(shape.kind)
const isKey = remembering(shape.key)
const isDigest = remembering(shape.digest)
const isStatus = remembering(shape.status)
const isCode = remembering(shape.code)
const REQUIRED = 7

/** Never true of what the schema refuses or would change: it leaves out what it does not know. */
function isPlain(value: unknown): value is CommandResponse {
  if (typeof value !== 'object' || value === null) return false
  const said: Partial<Record<keyof CommandResponse, unknown>> = value
  const { type, sessionId, commandId, n, kind, key, final, digest, data, isComplete, status, code, at } = said
  if (!isSessionId(sessionId) || !isCommandId(commandId) || !isKind(kind) || typeof data !== 'string') return false
  if (!isCount(n) || n === 0 || !isCount(at) || typeof isComplete !== 'boolean') return false
  let known = REQUIRED
  if (type === 'command_response') known += 1
  if (isKey(key)) known += 1
  if (typeof final === 'boolean') known += 1
  if (isDigest(digest)) known += 1
  if (isStatus(status)) known += 1
  if (isCode(code)) known += 1
  return Object.keys(said).length === known
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

const REMEMBERED = 1_000

function remembering(schema: z.ZodType): (value: unknown) => boolean {
  const right = new Set<string>()
  let last: string | undefined
  return (value) => {
    if (typeof value !== 'string') return false
    if (value === last) return true // without its hash, which a text that was just parsed has not got
    if (!right.has(value)) {
      if (!schema.safeParse(value).success) return false
      if (right.size >= REMEMBERED) right.clear()
      right.add(value)
    }
    last = value
    return true
  }
}
