import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import type { Finding } from '../figures.ts'
import { median } from '../stats.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const KIB = 1024
/** What `Read`, `Grep` and `npm` put out: source, prose, JSON. Each is longer than the largest page, so that nothing repeats. */
const SAMPLES = ['packages/server/src/**/*.ts', 'docs/*.md', 'package-lock.json'] as const
const SIZES = [0.5, 1, 2, 4, 16, 64, 256].map((kib) => kib * KIB)
/** So many bytes go through in a round at each size, so that small ones count as well. */
const ROUND_BYTES = 256 * KIB

const brotli = (quality: number) => (data: Buffer) =>
  brotliCompressSync(data, {
    params: { [constants.BROTLI_PARAM_QUALITY]: quality, [constants.BROTLI_PARAM_SIZE_HINT]: data.length },
  })
const zstd = (level: number) => (data: Buffer) =>
  zstdCompressSync(data, { params: { [constants.ZSTD_c_compressionLevel]: level } })

const METHODS: Record<string, (data: Buffer) => Buffer> = {
  'gzip 1': (data) => gzipSync(data, { level: 1 }),
  'gzip 6': (data) => gzipSync(data, { level: 6 }),
  'brotli 1': brotli(1),
  'brotli 4': brotli(4),
  'brotli 6': brotli(6),
  'zstd 1': zstd(1),
  'zstd 3': zstd(3),
}

type Cost = { ratio: number; cpuMs: number }

/**
 * What compressing a page of a log costs and gives, by method and size: the relay's answer over HTTP, or a large tool's
 * output at rest. The methods alternate in each round, so that all meet the same noise; time is the processor's.
 */
export async function compression(rounds: number): Promise<Finding> {
  const sources = await Promise.all(SAMPLES.map(readAll))
  const found = new Map<string, Cost[]>()
  for (let round = 0; round < rounds; round += 1) {
    for (const size of SIZES) {
      const pages = sources.map((source, index) => page(source, size, round + index))
      for (const [name, compress] of Object.entries(METHODS)) {
        const key = `${name}, ${size / KIB} KiB`
        found.set(key, [...(found.get(key) ?? []), ...pages.map((data) => measure(data, compress))])
      }
    }
  }
  const figures = [...found].flatMap(([name, costs]) => [
    { name: `${name}: of the size`, value: median(costs.map(({ ratio }) => ratio)), unit: '×' },
    { name: `${name}: CPU per MiB`, value: median(costs.map(({ cpuMs }) => cpuMs)), unit: 'ms' },
  ])
  return { title: 'compression: pages of a log over HTTP', figures }
}

async function readAll(pattern: string): Promise<string> {
  const texts: string[] = []
  for await (const path of glob(pattern, { cwd: ROOT })) texts.push(await readFile(join(ROOT, path), 'utf8'))
  return texts.join('')
}

/** One that the relay would answer: entries whose bodies are parts of a source, about as long as asked. */
function page(source: string, size: number, seed: number): Buffer {
  const start = (seed * 7_919) % Math.max(1, source.length - size)
  const text = source.slice(start, start + size)
  const entry = {
    type: 'command_result',
    sessionId: '00000000-0000-4000-8000-0000000000bb',
    seq: seed,
    kind: 'tool_finished',
  }
  return Buffer.from(JSON.stringify({ ok: true, entries: [{ ...entry, response: text }] })).subarray(0, size)
}

function measure(data: Buffer, compress: (data: Buffer) => Buffer): Cost {
  const times = Math.max(1, Math.floor(ROUND_BYTES / data.length))
  const bytes = compress(data).length
  const before = process.cpuUsage()
  for (let time = 0; time < times; time += 1) compress(data)
  const { user, system } = process.cpuUsage(before)
  return { ratio: bytes / data.length, cpuMs: (user + system) / 1000 / ((times * data.length) / (KIB * KIB)) }
}
