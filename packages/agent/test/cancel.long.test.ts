import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findMarked } from '../src/process/sweep.ts'
import { openHouse } from './house.ts'
import type { Turn, Reply } from './model.ts'
import { until } from './temporary.ts'

/** The stages of ending a run that does not end, in the real Claude Code: it takes the time that each of them is given. */

function script({ toolResults, prompt }: Turn): Reply {
  const [word, ...rest] = prompt.split(' ')
  if (toolResults.length > 0 || word !== 'BASH') return { blocks: [{ type: 'text', text: `You said ${prompt}` }] }
  return { blocks: [{ type: 'tool_use', name: 'Bash', input: { command: rest.join(' '), description: 'as asked' } }] }
}

test.runIf(process.platform === 'linux')(
  '[CMD5] one that hears nothing any more: interrupted, asked, ended, each told; the conversation goes on',
  async () => {
    const house = await openHouse({ script })
    const session = house.session()
    await session.end(await session.command('first words'))
    const commandId = await session.command('BASH echo $FARHAND_RUN > marker; echo $PPID > parent; sleep 300')
    await session.decide(await session.request(), {})
    await until('the call', () => existsSync(join(house.project, 'parent')))
    const marker = readFileSync(join(house.project, 'marker'), 'utf8').trim()
    const claude = Number(readFileSync(join(house.project, 'parent'), 'utf8'))
    expect(findMarked(new Set([marker]))).toContain(claude)
    process.kill(claude, 'SIGSTOP')
    await session.input('cancel', { commandId })
    expect((await session.end(commandId, 20_000)).response).toMatchObject({ status: 'error', code: 'CANCELLED' })
    expect(session.bodies('notice')).toEqual([
      expect.objectContaining({ type: 'stopping', signal: 'SIGTERM' }),
      expect.objectContaining({ type: 'stopping', signal: 'SIGKILL' }),
    ])
    expect(findMarked(new Set([marker]))).toEqual([])
    const { body } = await session.end(await session.command('second words'))
    expect(body.result).toBe('You said second words')
    expect(house.model.turns.at(-1)?.history).toContain('first words')
  },
  60_000,
)
