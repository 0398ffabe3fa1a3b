/** Where a span stands, as W3C Trace Context writes it. */
export type TracePlace = { traceId: string; spanId?: string }

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-|$)/
const SPAN_ID_DIGITS = 16
const NOTHING = /^0+$/

/** A command has one trace, whoever asks and however long it waited: the digits of its id. */
export function traceIdOf(commandId: string): string {
  return commandId.replaceAll('-', '').toLowerCase()
}

/**
 * Under what everything stands that becomes of a command: the span of its acceptance, which has the last digits of its id. So a
 * relay or an agent that was started anew since, or another relay, goes on in the same tree, and nobody has to keep it.
 */
export function commandPlace(commandId: string): Required<TracePlace> {
  const traceId = traceIdOf(commandId)
  return { traceId, spanId: traceId.slice(-SPAN_ID_DIGITS) }
}

export function writeTraceparent(place: Required<TracePlace>): string {
  return `00-${place.traceId}-${place.spanId}-01`
}

/** Undefined for what is none: a trace is never a reason to refuse anything. */
export function readTraceparent(text: string | undefined): Required<TracePlace> | undefined {
  const [, traceId = '', spanId = ''] = TRACEPARENT.exec(text ?? '') ?? []
  return traceId === '' || NOTHING.test(traceId) || NOTHING.test(spanId) ? undefined : { traceId, spanId }
}
