import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryDirectory, until } from '../../test/temporary.ts'
import type { MalformedLine } from './lines.ts'
import { startProcess, type OwnProcess } from './process.ts'
import { findMarked, sweepMarked } from './sweep.ts'

const onLinux = process.platform === 'linux'

/** Runs a piece of JavaScript in the place of Claude Code. */
function start(source: string): {
  claude: OwnProcess
  marker: string
  malformed: MalformedLine[]
  directory: string
} {
  const directory = temporaryDirectory()
  const marker = randomUUID()
  const malformed: MalformedLine[] = []
  const claude = startProcess(
    { command: process.execPath, args: ['-e', source], cwd: directory, env: { PATH: process.env['PATH'] ?? '' } },
    { marker, isMessage: () => true, onMalformed: (line) => malformed.push(line) },
  )
  onTestFinished(async () => void (await claude.end('terminate', { askMs: 0, terminateMs: 0 })))
  return { claude, marker, malformed, directory }
}

const READY = `require('fs').writeFileSync('ready', String(process.pid)); setInterval(() => {}, 1000);`
const ready = (directory: string) => until('the process', () => readable(join(directory, 'ready')))

function readable(path: string): boolean {
  try {
    return readFileSync(path, 'utf8') !== ''
  } catch {
    return false
  }
}

test('it is asked first: closed stdin is enough for one that listens', async () => {
  const { claude } = start(`process.stdin.on('end', () => process.exit(7)).resume()`)
  expect(await claude.end('ask')).toMatchObject({ exitCode: 7, signal: null })
})

test('one that ignores the asking gets SIGTERM', async () => {
  const { claude, directory } = start(READY)
  await ready(directory)
  expect(await claude.end('ask', { askMs: 100, terminateMs: 5_000 })).toMatchObject({ signal: 'SIGTERM' })
})

test('[CMD5] one that ignores SIGTERM, with a grandchild in a session of its own: all are gone', async () => {
  const grandchild = `process.on('SIGTERM', () => {}); process.on('SIGHUP', () => {}); setInterval(() => {}, 1000)`
  const { claude, marker, directory } = start(
    `process.on('SIGTERM', () => {}); const { spawn } = require('child_process');
     spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { detached: true, stdio: 'inherit' }).unref();
     spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'ignore' }); ${READY}`,
  )
  await ready(directory)
  if (onLinux) await until('the family', () => findMarked(new Set([marker])).length === 3)
  const began = performance.now()
  expect(await claude.end('terminate', { askMs: 0, terminateMs: 300 })).toMatchObject({ signal: 'SIGKILL' })
  expect(performance.now() - began).toBeLessThan(5_000)
  expect(findMarked(new Set([marker]))).toEqual([])
})

test('what a process leaves behind when it ends by itself is ended too, and its pipe does not keep us', async () => {
  const { claude, marker } = start(
    `require('child_process').spawn('sleep', ['60'], { detached: true, stdio: 'inherit' }).unref(); setTimeout(() => process.exit(0), 100)`,
  )
  expect(await claude.ended).toMatchObject({ exitCode: 0 })
  expect(findMarked(new Set([marker]))).toEqual([])
})

test('the last words on stderr are kept, without their colours', async () => {
  const { claude } = start(
    `process.stderr.write('x'.repeat(10000) + '\\u001b[31mthe reason\\u001b[0m\\n'); process.exitCode = 3`,
  )
  const exit = await claude.ended
  expect(exit.exitCode).toBe(3)
  expect(exit.stderr).toMatch(/x+the reason$/)
  expect(exit.stderr.length).toBeLessThanOrEqual(4 * 1024)
})

test('stdout is filtered, to the end', async () => {
  const { claude, malformed } = start(
    `console.log('{"type":"a"}'); console.log('noise'); process.stdout.write('{"type":"b"}')`,
  )
  let passed = ''
  claude.spawned.stdout.on('data', (chunk: Buffer) => (passed += chunk.toString()))
  await claude.ended
  expect(passed).toBe('{"type":"a"}\n{"type":"b"}\n')
  expect(malformed).toEqual([{ bytes: 5, start: 'noise' }])
})

test('one that can not be started says so', async () => {
  const claude = startProcess(
    { command: '/nowhere/claude', args: [], env: {} },
    { marker: randomUUID(), isMessage: () => true, onMalformed: () => {} },
  )
  expect(await claude.ended).toMatchObject({ exitCode: null, signal: null, failure: expect.stringContaining('ENOENT') })
  expect(await claude.end('terminate')).toMatchObject({ exitCode: null })
})

test('the environment is what was given, and the marker', async () => {
  const { claude, marker } = start(`console.error(Object.keys(process.env).sort().join(), process.env.FARHAND_RUN)`)
  expect((await claude.ended).stderr).toBe(`FARHAND_RUN,PATH ${marker}`)
})

test('a sweep touches nobody else', async () => {
  const { marker, directory } = start(READY)
  await ready(directory)
  expect(await sweepMarked(new Set([randomUUID()]))).toBe(0)
  expect(await sweepMarked(new Set())).toBe(0)
  if (onLinux) expect(findMarked(new Set([marker]))).toHaveLength(1)
})
