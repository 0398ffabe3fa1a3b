import { readFileSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { FAIL_POINTS, FIRST_START, PLAYED_ELSEWHERE } from './failpoints.ts'

const ROOT = resolve(import.meta.dirname, '..')

function pointsIn(tier: 'server' | 'agent'): string[] {
  const source = join(ROOT, 'packages', tier, 'src')
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => /(?<!test)\.ts$/.test(name))
  return files.flatMap((name) =>
    [...readFileSync(join(source, name), 'utf8').matchAll(/failpoint\('([\w.]+)'\)/g)].map(([, point = '']) => point),
  )
}

test('each fail point of the product is played here, or by the test that is named for it', () => {
  const played = [
    ...Object.keys(FAIL_POINTS.relay),
    ...Object.keys(FAIL_POINTS.agent),
    FIRST_START,
    ...Object.keys(PLAYED_ELSEWHERE),
  ]
  expect(played.toSorted()).toEqual([...pointsIn('server'), ...pointsIn('agent')].toSorted())
  for (const [point, file] of Object.entries(PLAYED_ELSEWHERE))
    expect(readFileSync(join(ROOT, file), 'utf8')).toContain(`FAILPOINT: '${point}`)
})
