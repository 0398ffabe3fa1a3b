import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { commandPlace, type TracePlace } from '@farhand/shared'
import type { Spans } from '@farhand/shared/tracing'
import { temporaryDirectory } from '../../test/temporary.ts'
import { openSpool } from '../spool/spool.ts'
import { createTracing } from './tracing.ts'

test('a run of a command that was taken before a restart stands under its acceptance', () => {
  const begun: { name: string; under: TracePlace }[] = []
  const spans: Spans = {
    begin: (name, under) => {
      begun.push({ name, under })
      return { place: { ...under, spanId: 'b7ad6b7169203331' }, event: () => {}, end: () => {} }
    },
    close: () => Promise.resolve(),
  }
  const own = openSpool(temporaryDirectory(), { now: () => 1 })
  const [sessionId, commandId] = [randomUUID(), randomUUID()]
  const { outbox } = createTracing(spans).spool(own)
  outbox.append(sessionId, commandId, 1, [{ kind: 'run_started', data: '{}', isComplete: false }])
  expect(begun).toEqual([{ name: 'claude.run', under: commandPlace(commandId) }])
  own.close()
})
