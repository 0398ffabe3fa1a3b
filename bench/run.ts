import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { browser } from './browser/browser.ts'
import { compression } from './compare/compression.ts'
import { fanOut, forward } from './compare/forward.ts'
import { hop } from './compare/hop.ts'
import { idle } from './compare/idle.ts'
import { pages } from './compare/pages.ts'
import { reconnect } from './compare/reconnect.ts'
import { secondProcess } from './compare/secondProcess.ts'
import { table, toJson, type Finding } from './figures.ts'
import { latency } from './latency/latency.ts'
import { clientFlood, sessionFlood } from './load/floods.ts'
import { frozenReader } from './load/frozenReader.ts'
import { replay } from './load/replay.ts'
import { restart } from './load/restart.ts'
import { steady } from './load/steady.ts'
import { unproved } from './load/unproved.ts'
import { MIB } from './parts/resources.ts'

/**
 * `npm run bench` measures all with care, `npm run bench -- load` or any other names only those; `--short` shows that it
 * works; `--json FILE` writes the figures for programs.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { short: { type: 'boolean', default: false }, json: { type: 'string' } },
})
const { short } = values
const flood = { seconds: short ? 2 : 10, bytesPerSecond: 50 * MIB, messagesPerSecond: 10_000 }
const FROZEN = { bytes: 200 * MIB, warmUpBytes: 48 * MIB, bytesPerSecond: 20 * MIB }
const FROZEN_SHORT = { bytes: 72 * MIB, warmUpBytes: 24 * MIB, bytesPerSecond: 30 * MIB }
const rounds = short ? { rounds: 2, roundMs: 400 } : { rounds: 6, roundMs: 2_000 }

type Measure = () => Promise<Finding>

/** Beside a control, in one run. */
const COMPARED: Record<string, Measure> = {
  latency: () => latency({ sessions: 20, chunksPerSecond: 50, seconds: short ? 2 : 5 }, short ? 2 : 5),
  hop: () => hop({ sessions: 20, chunksPerSecond: 50, seconds: short ? 2 : 5 }, short ? 2 : 5),
  forward: () => forward(rounds),
  fanOut: () => fanOut(rounds),
  pages: () => pages({ entries: short ? 10_000 : 100_000 }),
  reconnect: () => reconnect({ clients: short ? 200 : 2_000, entries: 500, sessions: 20 }),
  compression: () => compression(short ? 1 : 5),
  idle: () => idle({ clients: short ? 300 : 2_000 }),
  secondProcess: () => secondProcess(rounds),
  browser: () =>
    browser(short ? { entries: 1_000, times: 1, tokens: 1_000 } : { entries: 5_000, times: 5, tokens: 20_000 }),
}

/** What must hold when it gets rough. */
const LOAD: Record<string, Measure> = {
  steady: () => steady({ sessions: 50, chunksPerSecond: 20, observers: 4, seconds: short ? 3 : 15 }),
  frozenReader: () => frozenReader(short ? FROZEN_SHORT : FROZEN),
  restart: () => restart({ clients: short ? 60 : 500, sessions: 20, seconds: short ? 5 : 15 }),
  replay: () => replay({ entries: short ? 10_000 : 100_000 }),
  floodByAnother: () => sessionFlood(flood, 'another agent'),
  floodBySame: () => sessionFlood(flood, 'the same agent'),
  clientFlood: () => clientFlood(flood),
  unproved: () => unproved({ connections: short ? 300 : 2_000 }),
}

/** What the checks look at in a minute. */
const SHORT = ['latency', 'forward', 'pages']
const GROUPS: Record<string, readonly string[]> = { compare: Object.keys(COMPARED), load: Object.keys(LOAD) }
const ALL = { ...COMPARED, ...LOAD }

const asked = positionals.length > 0 ? positionals : short ? SHORT : Object.keys(ALL)
const names = asked.flatMap((one) => GROUPS[one] ?? [one])
const chosen = names.map((name): [string, Measure] => {
  const measure = ALL[name]
  if (measure === undefined) throw new Error(`no such measurement: ${name}. There are ${Object.keys(ALL).join(', ')}.`)
  return [name, measure]
})

const findings: Finding[] = []
const failed: string[] = []
for (const [name, measure] of chosen) {
  try {
    const finding = { ...(await measure()), note: `load average ${loadavg()[0]?.toFixed(1)}` }
    findings.push(finding)
    console.log(`${table(finding)}\n`)
  } catch (error) {
    // What the others found is not lost with it.
    failed.push(name)
    console.error(`${name} could not be measured:`, error)
  }
}
if (values.json !== undefined) await writeFile(values.json, toJson(findings))
if (failed.length > 0) {
  console.error(`not measured: ${failed.join(', ')}`)
  process.exit(1)
}
