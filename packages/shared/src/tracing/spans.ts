import type { TracePlace } from '../protocols/traceparent.ts'

/** Spans on their way to a collector. Ids, sizes, codes and outcomes only: never what was said, nor a path or a name. */
export type Spans = {
  /** @param spanId its own. @default one that nobody has */
  begin(name: string, under: TracePlace, facts?: SpanFacts, spanId?: string): OpenSpan
  /** Sends what waits, within a bound. Never rejects. */
  close(): Promise<void>
}

export type SpanFacts = Record<string, string | number>

export type OpenSpan = {
  place: Required<TracePlace>
  event(name: string): void
  /** @param code why it failed */
  end(facts?: SpanFacts, code?: string): void
}

type Environment = Readonly<Record<string, string | undefined>>

const CLOSE_LIMIT_MS = 2_000

/** Undefined, with nothing of it loaded, unless the standard variables name a collector. */
export async function openSpans(env: Environment, service: string): Promise<Spans | undefined> {
  if (!isWanted(env)) return undefined
  const [{ ROOT_CONTEXT, SpanStatusCode, TraceFlags, trace }, sdk, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'), // it reads the other variables itself
  ])
  const random = new sdk.RandomIdGenerator()
  let traceId = ''
  let ownSpanId: string | undefined
  const provider = new sdk.TracerProvider({
    resource: resourceOf(env, service),
    // A trace is a command's, so ids are given; they are asked for while a span begins, and never later.
    idGenerator: { generateTraceId: () => traceId, generateSpanId: () => ownSpanId ?? random.generateSpanId() },
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  })
  const tracer = provider.getTracer(service)

  return {
    begin(name, under, facts = {}, own) {
      traceId = under.traceId
      ownSpanId = own
      const { spanId } = under
      const parent = { traceId, spanId: spanId ?? '', traceFlags: TraceFlags.SAMPLED, isRemote: true }
      const context = spanId === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent)
      const span = tracer.startSpan(name, { attributes: facts }, context)
      return {
        place: { traceId, spanId: span.spanContext().spanId },
        event: (what) => void span.addEvent(what),
        end(last = {}, code) {
          span.setAttributes(last)
          if (code !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: code })
          span.end()
        },
      }
    },
    async close() {
      const late = Promise.withResolvers<void>()
      const timer = setTimeout(late.resolve, CLOSE_LIMIT_MS)
      // Without a collector nothing is owed to anybody.
      await Promise.race([provider.shutdown().catch(() => {}), late.promise])
      clearTimeout(timer)
    },
  }
}

function isWanted(env: Environment): boolean {
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT']
  const off = env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none'
  return endpoint !== undefined && endpoint !== '' && !off
}

/** Who tells: what the environment says of it, and its name. */
function resourceOf(env: Environment, service: string) {
  const pairs = (env['OTEL_RESOURCE_ATTRIBUTES'] ?? '')
    .split(',')
    .map((pair) => pair.split('=').map((part) => part.trim()))
  const said = pairs.flatMap(([key, value]) => (key && value !== undefined ? [[key, value] as const] : []))
  const attributes = { 'service.name': service, ...Object.fromEntries(said) }
  if (env['OTEL_SERVICE_NAME']) attributes['service.name'] = env['OTEL_SERVICE_NAME']
  return withAttributes(attributes)
}

type Resource = {
  attributes: Record<string, string>
  merge(other: { attributes: object } | null): Resource
  getRawAttributes(): [string, string][]
}

function withAttributes(attributes: Record<string, string>): Resource {
  return {
    attributes,
    merge: (other) => withAttributes({ ...attributes, ...other?.attributes }),
    getRawAttributes: () => Object.entries(attributes),
  }
}
