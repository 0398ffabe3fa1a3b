import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { canonicalJson } from '../canonicalJson.ts'
import { bodySchemas } from '../types/bodies.ts'
import * as messages from '../types/messages.ts'
import { agentHandshakeSchema, browserHandshakeSchema, PROTOCOL_VERSION } from './communication.ts'

/** What the wire looked like when its version was last thought about. */
const KNOWN = { version: 1, hash: '6928dbf7be7fe170' }

/**
 * The wire may not change by accident. When this fails: a change that an old peer can't live with needs a new
 * PROTOCOL_VERSION and a line in its history; an added optional field or kind does not. Then write the new hash here.
 */
test('the wire has the shape that its version was given for', () => {
  const exported: Record<string, unknown> = {
    ...messages,
    ...bodySchemas,
    browserHandshakeSchema,
    agentHandshakeSchema,
  }
  const shapes = Object.entries(exported).flatMap(([name, schema]) =>
    schema instanceof z.ZodType ? [[name, z.toJSONSchema(schema)]] : [],
  )
  const hash = createHash('sha256')
    .update(canonicalJson(Object.fromEntries(shapes)))
    .digest('hex')
    .slice(0, 16)
  expect({ version: PROTOCOL_VERSION, hash }).toEqual(KNOWN)
})
