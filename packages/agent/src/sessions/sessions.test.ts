import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { inputOf, runnerParts, said } from '../../test/runnerParts.ts'
import { until } from '../../test/temporary.ts'
import { finishRun } from '../claude/outcome.ts'
import type { Conversation } from './conversation.ts'
import { createRequests } from './requests.ts'
import type { Runner, RunnerParts } from './runner.ts'
import { createSessions } from './sessions.ts'

/** What is begun, and which inputs are done. Nothing really runs: a run ends when it is stopped. */

const commit = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

function open(change: Conversation['change'] = () => Promise.resolve('now')) {
  const parts = runnerParts()
  const sessions = createSessions({
    ...parts,
    changed: () => {},
    makeRunner: (given) => runnerWithout(given, change),
  })
  parts.spool.onFailed(sessions.pause)
  parts.spool.onCommitted(sessions.resume)
  const ends = () => said(parts).flatMap(({ commandId, code }) => (code === undefined ? [] : [{ commandId, code }]))
  const open = () => parts.spool.inbox.open('accepted').map((item) => item.input.inputId)
  return { parts, sessions, ends, open }
}

/** One without processes. */
function runnerWithout({ voice, spool, finished }: RunnerParts, change: Conversation['change']): Runner {
  const nobody = (): Promise<never> => Promise.reject(new Error('there is no process'))
  let current: ReturnType<Runner['current']>
  const runner: Runner = {
    start(item) {
      current = item
      try {
        spool.inbox.start(item.input.inputId)
      } catch {
        runner.stop({ code: 'AGENT_STORAGE', message: 'It could not be begun.' })
      }
    },
    hold: () => {},
    takeUp: () => {},
    refuse: (item, why) => voice.conclude(item, finishRun(undefined, { type: 'stopped', ...why }, 0)),
    current: () => current,
    stop(why) {
      if (current === undefined) return
      runner.refuse(current, why)
      current = undefined
      finished()
    },
    force: () => {},
    requests: createRequests({ opened: () => {}, resolved: () => {}, said: () => {} }),
    conversation: {
      ready: nobody,
      idle: nobody,
      driver: () => undefined,
      end: () => Promise.resolve(),
      terminate: () => Promise.resolve(),
      change,
      rest: () => {},
      forget: () => {},
      dropModel: () => undefined,
      close: () => Promise.resolve(),
    },
    close: () => Promise.resolve(),
  }
  return runner
}

test('AGENT_STORAGE: what waits in a queue goes on waiting while the disk fails, and is begun when it does not', async () => {
  const { parts, sessions, ends } = open()
  const inputs = [1, 2, 3].map((seq) => inputOf(parts, { seq }))
  sessions.accept(inputs)
  // Another program that holds the write lock is the disk that fails, as far as this one can tell.
  const other = new DatabaseSync(join(parts.directory, 'agent.db'))
  other.exec('BEGIN IMMEDIATE')
  expect(() => sessions.accept([inputOf(parts, { seq: 4 })])).toThrow(
    expect.objectContaining({ code: 'AGENT_STORAGE' }),
  )
  expect(sessions.runs()).toEqual([])
  other.exec('ROLLBACK')
  other.close()
  await until('the retry', () => ends().length > 0)
  expect(ends()).toEqual([{ commandId: inputs[0]?.inputId, code: 'AGENT_STORAGE' }])
  expect(sessions.runs()).toEqual([{ sessionId: parts.sessionId, commandId: inputs[1]?.inputId }])
})

test('[CMD5] a cancel of what had ended is done at once, one of what never came waits for it', async () => {
  const { parts, sessions, open: accepted } = open()
  const command = inputOf(parts)
  const cancel = (commandId: string, seq: number) =>
    inputOf(parts, { seq, kind: 'cancel', command: JSON.stringify({ commandId }) })
  sessions.accept([command])
  sessions.accept([cancel(command.inputId, 2)])
  await commit()
  sessions.accept([cancel(command.inputId, 3)])
  const early = cancel(parts.sessionId, 4)
  sessions.accept([early])
  await commit()
  expect(accepted()).toEqual([early.inputId])
})

test('a setting is done when Claude Code has taken it, and not when the agent stops before', async () => {
  const first = Promise.withResolvers<'now'>()
  const second = Promise.withResolvers<'now'>()
  const answers = [first.promise, second.promise]
  const { parts, sessions, open: accepted } = open(() => answers.shift() ?? Promise.resolve('now'))
  const set = (seq: number) => inputOf(parts, { seq, kind: 'setting', command: JSON.stringify({ model: 'opus' }) })
  const inputs = [set(1), set(2)]
  sessions.accept(inputs)
  await commit()
  expect(accepted()).toEqual(inputs.map(({ inputId }) => inputId))
  first.resolve('now')
  await commit()
  expect(accepted()).toEqual([inputs[1]?.inputId])
  await sessions.close()
  second.reject(new Error('its process was ended'))
  await commit()
  expect(accepted()).toEqual([inputs[1]?.inputId])
  expect(said(parts).map(({ data }) => JSON.parse(data))).toEqual([expect.objectContaining({ type: 'setting' })])
})

test('a session that ends for good begins nothing of what waits in it', async () => {
  const { parts, sessions, ends, open: accepted } = open()
  const [first, second] = [inputOf(parts, { seq: 1 }), inputOf(parts, { seq: 2 })]
  sessions.accept([first, second])
  await sessions.end(parts.sessionId, { code: 'CANCELLED', message: 'The session was deleted.' })
  await commit()
  expect(ends()).toEqual([{ commandId: first.inputId, code: 'CANCELLED' }])
  expect(accepted()).toEqual([second.inputId])
})
