import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { seededRandom } from '../packages/shared/src/testing/random.ts'
import { openHistory } from './history.ts'
import { openLoad } from './load/load.ts'
import { placesOf } from './load/places.ts'
import { waitForQuiet } from './quiet.ts'
import { judgeTrace, type TraceVerdict } from './syscalls/judge.ts'
import { openTiers } from './tiers.ts'

/**
 * LOG8 without pulling a plug: the order of system calls shows that nothing leaves a process while its write-ahead log
 * holds what no fsync has covered. `kill -9` can't show it, because the kernel keeps what was written.
 * The negative control runs the same with `synchronous=OFF` and has to fail.
 */
const TRACED = 'trace=pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync'
const STRING_BYTES = 16_384
const QUIET_MS = 120_000
const QUIET_LASTS_MS = 1_000
/** The tracer writes its last lines after the process has gone. */
const TRACER_MS = 1_000
const UNSAFE = join(import.meta.dirname, 'syscalls', 'unsafeSync.ts')

export type SyscallResult = { relay: TraceVerdict; agent: TraceVerdict }

export async function traceRun(directory: string, safe: boolean): Promise<SyscallResult> {
  const history = openHistory(join(directory, 'history.jsonl'))
  const trace = { relay: join(directory, 'relay.strace'), agent: join(directory, 'agent.strace') }
  const tracer = (file: string) => ['strace', '-D', '-yy', '-s', String(STRING_BYTES), '-e', TRACED, '-o', file]
  const prefix = { relay: tracer(trace.relay), agent: tracer(trace.agent) }
  const tiers = await openTiers({ directory, history, prefix })
  const env: Record<string, string> = safe ? {} : { NODE_OPTIONS: `--import=${UNSAFE}` }
  const random = seededRandom(1)
  try {
    await tiers.relay.start(env)
    await tiers.agent.start(env)
    const sessionIds = [random.uuid()]
    const places = await placesOf(tiers, sessionIds)
    const load = openLoad({ tiers, history, random, places, directory, observers: 1 })
    for (const [sessionId = ''] of [sessionIds, sessionIds]) {
      load.command(sessionId, `lines 60 10 ms for ${random.uuid().slice(0, 8)}`)
      load.command(sessionId, `append one line to t${random.uuid().slice(0, 8)}.txt`)
    }
    if (!(await waitForQuiet(load, { lastsMs: QUIET_LASTS_MS, limitMs: QUIET_MS }))) throw new Error('no quiet')
    load.close()
  } finally {
    await tiers.close()
    history.close()
  }
  await sleep(TRACER_MS)
  return {
    relay: await judgeTrace(linesOf(trace.relay), {
      wal: 'farhand.db-wal',
      acknowledgement: /43\d+\[\{\\"ok\\":true|ack_responses/,
    }),
    // What a client sends is masked, so every message to the relay counts.
    agent: await judgeTrace(linesOf(trace.agent), { wal: 'agent.db-wal', peerPort: tiers.hops.agent.port }),
  }
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file), crlfDelay: Infinity })
}

/** `node chaos/syscalls.ts`: the product has to pass, and the control without fsync has to fail. */
async function main(): Promise<number> {
  const { failed } = await execa('strace', ['-V'], { reject: false })
  if (failed) {
    process.stdout.write('strace is not installed (Debian: apt-get install strace)\n')
    return 2
  }
  let wrong = 0
  for (const safe of [true, false]) {
    const directory = await mkdtemp(join(tmpdir(), 'farhand-syscalls-'))
    const result = await traceRun(directory, safe)
    for (const [tier, { sends, syncs, writes, early }] of Object.entries(result)) {
      const proves = safe ? early.length === 0 && sends > 0 && syncs > 0 : early.length > 0
      if (!proves) wrong += 1
      const setting = safe ? 'as it is' : 'control without fsync'
      process.stdout.write(
        `${tier}, ${setting}: ${sends} acknowledgements, ${writes} log writes, ${syncs} syncs, ` +
          `${early.length} before their sync: ${proves ? 'ok' : 'WRONG'}\n`,
      )
      if (safe) for (const line of early.slice(0, 5)) process.stdout.write(`  ${line.slice(0, 300)}\n`)
    }
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  return wrong === 0 ? 0 : 1
}

if (import.meta.main) process.exit(await main())
