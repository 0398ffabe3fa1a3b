import { claudeStatusSchema } from '@farhand/shared'
import { z } from 'zod'
import { callRelay, readAnswer } from './api.ts'

/** One series of the relay's metrics, as its client library writes it in JSON. */
const metricSchema = z.object({
  name: z.string(),
  values: z.array(
    z.object({
      value: z.number(),
      /** Of a histogram: `…_bucket`, `…_sum`, `…_count`. */
      metricName: z.string().optional(),
      labels: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    }),
  ),
})
const ageSchema = z.number().nonnegative()
const agentSchema = z.object({
  name: z.string(),
  host: z.string().optional(),
  online: z.boolean(),
  sinceMs: ageSchema,
  heardMs: ageSchema.optional(),
  claude: claudeStatusSchema.extend({ toldMs: ageSchema }).optional(),
})
const statusSchema = z.object({ agents: z.array(agentSchema), metrics: z.array(metricSchema) })

export type AgentProof = z.infer<typeof agentSchema>
export type RelayStatus = { agents: readonly AgentProof[]; values: ReadonlyMap<string, number> }

const STATUS_TIMEOUT_MS = 5_000

/** How the relay is now. Rejects where it does not answer, or refuses. */
export async function readStatus(signal: AbortSignal): Promise<RelayStatus> {
  const answer = await readAnswer(
    await callRelay('GET', '/api/status', { timeoutMs: STATUS_TIMEOUT_MS, signals: [signal] }),
  )
  const { agents, metrics } = statusSchema.parse(answer)
  const values = new Map<string, number>()
  for (const metric of metrics) {
    for (const { metricName = metric.name, labels = {}, value } of metric.values) {
      values.set(seriesName(metricName, labels), value)
    }
  }
  return { agents, values }
}

/** `farhand_connections{kind=agent}`, with its labels in the order of their names. */
export function seriesName(name: string, labels: Readonly<Record<string, string | number>> = {}): string {
  const pairs = Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .toSorted()
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
}
