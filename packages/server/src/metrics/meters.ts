import { isErrorCode } from '@farhand/shared'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/**
 * What the relay counts of itself, for Prometheus (docs/operating.md lists the names). Labels come from closed lists only:
 * no id, name or text of anybody is ever one.
 */
export type Meters = ReturnType<typeof createMeters>

const FAST_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const STAY_SECONDS = [1, 10, 60, 600, 3_600, 21_600, 86_400]

/** One registry per app, so that two apps in one process do not mix. */
export function createMeters() {
  const registry = new Registry()
  const registers = [registry]
  const counter = <const L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter({ name, help, labelNames, registers })
  const gauge = <const L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name, help, labelNames, registers })
  const histogram = <const L extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly L[] = [],
  ) => new Histogram({ name, help, buckets, labelNames, registers })
  const labels = ['kind'] as const

  return {
    registry,
    connections: gauge('farhand_connections', 'Sockets that are open and proved who they are.', labels),
    connected: counter('farhand_connected_total', 'Sockets that proved who they are.', labels),
    connectionSeconds: histogram('farhand_connection_seconds', 'How long sockets lived.', STAY_SECONDS, labels),
    refused: counter('farhand_connections_refused_total', 'Sockets that proved nothing, by the code they were told.', [
      'kind',
      'code',
    ]),
    returned: counter('farhand_agent_returns_total', 'Hellos of agents that had been here before.'),
    entriesIn: counter('farhand_entries_total', 'Entries that were stored, by who said them.', ['from']),
    bytesIn: counter('farhand_entry_bytes_total', 'UTF-16 units of the bodies that were stored, by who said them.', [
      'from',
    ]),
    entriesOut: counter(
      'farhand_deliveries_total',
      'Entries that were published to sockets, each counted once per reader.',
    ),
    bytesOut: counter(
      'farhand_delivery_bytes_total',
      'UTF-16 units of the bodies that were published, once per reader.',
    ),
    relays: gauge('farhand_relays', 'Relays of this log that are known to be there, this one included.'),
    busUp: gauge('farhand_bus_up', '1 where the relays of this log hear each other, or there is one only.'),
    busLagSeconds: gauge('farhand_bus_lag_seconds', 'How long it takes until what one relay says is heard.'),
    entriesFound: counter(
      'farhand_entries_found_total',
      'Entries of other relays that were read from the log, because they were not heard of.',
    ),
    refusals: counter('farhand_refusals_total', 'Inputs that the log refused, by code.', ['code']),
    failures: counter('farhand_commit_failures_total', 'Commits of which nothing was stored, by code.', ['code']),
    commitSeconds: histogram('farhand_commit_seconds', 'One commit, sync included.', FAST_SECONDS),
    commitItems: histogram(
      'farhand_commit_items',
      'What shared one commit.',
      [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024],
    ),
    publishSeconds: histogram('farhand_publish_seconds', 'From the commit to its publication.', FAST_SECONDS),
    relaySeconds: histogram(
      'farhand_agent_to_publish_seconds',
      'From the stamp of the agent to the publication, of what waited longest in each commit, beyond its fastest one of late: clocks differ, so what all of them take is not seen.',
      FAST_SECONDS,
    ),
    runs: counter('farhand_runs_total', 'Commands that ended, by outcome: complete, or the code of the error.', [
      'outcome',
    ]),
    cost: counter('farhand_cost_usd_total', 'What the runs cost, as Claude Code told it.'),
    pushes: counter('farhand_pushes_total', 'Push notifications, by what became of them.', ['outcome']),
    commandsWaiting: gauge('farhand_commands_waiting', 'Inputs that no agent holds yet.'),
    commandsOpen: gauge('farhand_commands_open', 'Commands that an agent holds and has not ended.'),
    agentUnsent: gauge(
      'farhand_agent_unsent',
      'Responses that connected agents hold and the relay has not acknowledged, as they last told.',
    ),
    loopMaxSeconds: gauge('farhand_event_loop_max_seconds', 'How late the event loop was at worst in the last round.'),
    loopP99Seconds: gauge(
      'farhand_event_loop_p99_seconds',
      'How late the event loop was in 99 of 100 cases of the last round.',
    ),
    storeBytes: gauge('farhand_store_bytes', 'Size of what is on disk.', ['file']),
    damaged: gauge('farhand_store_damaged', '1 where the database was found to be damaged.'),
    memoryBytes: gauge('farhand_memory_bytes', 'Resident memory of the process.'),
    cpuSeconds: gauge('farhand_cpu_seconds', 'Processor time of the process since it began.'),
  }
}

/** A code of the closed list, as a label; anything else would let a stranger make as many series as it likes. */
export function codeLabel(code: unknown): string {
  return isErrorCode(code) ? code : 'other'
}
