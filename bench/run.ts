import { parseArgs } from 'node:util'
import { describe, measureLatency } from './latency/latency.ts'

/** `npm run bench` measures with care; `npm run bench -- --short` shows that it works. */
const { values } = parseArgs({ options: { short: { type: 'boolean', default: false } } })

const FULL = { load: { sessions: 20, chunksPerSecond: 50, seconds: 5 }, rounds: 4 }
const SHORT = { load: { sessions: 20, chunksPerSecond: 50, seconds: 2 }, rounds: 2 }

const { load, rounds } = values.short ? SHORT : FULL
console.log(describe(await measureLatency(load, rounds)))
