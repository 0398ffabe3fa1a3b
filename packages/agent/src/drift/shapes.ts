/**
 * The shapes of Claude Code's messages: which there are, and which fields they have. Not their values. All pure.
 * Fields stand with their parents, two deep: `message.content`.
 */
export type Shapes = Record<string, string[]>

/** What is different from what is known. A new field harms nobody; a message that nobody understands, or a field that is gone, may. */
export type Drift = { unknown: string[]; gone: string[]; added: string[] }

export const NO_DRIFT: Drift = { unknown: [], gone: [], added: [] }

/** `system/init`, `stream_event/message_start`; `undefined` for what is no message. */
export function nameOf(message: unknown): string | undefined {
  if (!isRecord(message) || typeof message['type'] !== 'string') return undefined
  const { type, subtype, event } = message
  const more = isRecord(event) ? event['type'] : subtype
  return typeof more === 'string' ? `${type}/${more}` : type
}

export function shapesOf(messages: readonly unknown[]): Shapes {
  const fields = new Map<string, Set<string>>()
  for (const message of messages) {
    const name = nameOf(message)
    if (name === undefined) continue
    const known = fields.get(name) ?? new Set()
    fields.set(name, known)
    for (const field of fieldsOf(message)) known.add(field)
  }
  return Object.fromEntries(
    [...fields].map(([name, each]) => [name, [...each].toSorted()] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

/** Only of what was seen: a message that did not come this time is no drift. */
export function compareShapes(known: Shapes, seen: Shapes): Drift {
  const names = Object.keys(seen)
  const both = names.filter((name) => name in known)
  const missing = (from: Shapes, to: Shapes): string[] =>
    both.flatMap((name) =>
      (from[name] ?? []).filter((field) => !to[name]?.includes(field)).map((field) => `${name}: ${field}`),
    )
  return { unknown: names.filter((name) => !(name in known)), gone: missing(known, seen), added: missing(seen, known) }
}

export function isDrift({ unknown, gone }: Drift): boolean {
  return unknown.length > 0 || gone.length > 0
}

/** For people. */
export function describeDrift({ unknown, gone }: Drift): string {
  const parts = [
    ...(unknown.length === 0 ? [] : [`messages that are not known: ${unknown.join(', ')}`]),
    ...(gone.length === 0 ? [] : [`fields that are gone: ${gone.join(', ')}`]),
  ]
  return parts.join('; ')
}

const DEEPER = ['message', 'event', 'rate_limit_info']

function fieldsOf(message: unknown): string[] {
  if (!isRecord(message)) return []
  return Object.entries(message).flatMap(([name, value]) =>
    DEEPER.includes(name) && isRecord(value)
      ? [name, ...Object.keys(value).map((field) => `${name}.${field}`)]
      : [name],
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
