import { randomUUID } from 'node:crypto'
import type { AgentCommand, CommandResponse } from '@farhand/shared'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type { RunnerParts } from '../src/sessions/runner.ts'
import { createVoice } from '../src/sessions/voice.ts'
import type { StoredInput } from '../src/spool/inbox.ts'
import { openSpool } from '../src/spool/spool.ts'
import { fakeCoder } from './fakeDriver.ts'
import { AUTHOR } from './relay.ts'
import { temporaryDirectory } from './temporary.ts'

/** What a session's runs need, over a real spool, with nothing around it. `directory`: the spool's. */
export function runnerParts(): RunnerParts & { directory: string } {
  const project = temporaryDirectory()
  const directory = temporaryDirectory()
  const spool = openSpool(directory, Date)
  onTestFinished(() => spool.close())
  const sessionId = randomUUID()
  return {
    directory,
    sessionId,
    spool,
    voice: createVoice({ sessionId, firstInputId: sessionId, spool, clock: Date }),
    transcripts: {
      list: () => Promise.resolve({ sessions: [], truncated: false }),
      read: () => Promise.resolve(undefined),
      remove: () => Promise.resolve(false),
    },
    attachments: {
      take: () => Promise.resolve([]),
      directories: () => [],
      forget: () => Promise.resolve(),
      sweep: () => Promise.resolve(),
    },
    worktrees: { enter: (_input, root, directory) => Promise.resolve({ root, directory }) },
    accounts: { look: () => ({ left: {} }), add: () => {}, handOut: () => {}, giveBack: () => {}, raise: () => {} },
    clock: Date,
    logger: pino({ level: 'silent' }),
    limits: { idleMs: 400, totalMs: 60_000, maxProcesses: 100 },
    coder: fakeCoder,
    newMarker: randomUUID,
    retireMs: 60_000,
    allowBypass: false,
    rootOf: () => project,
    judge: () => undefined,
    grant: () => undefined,
    heard: () => {},
    finished: () => {},
  }
}

/** An input of this session; a command where nothing else is said. */
export function inputOf({ sessionId }: RunnerParts, part: Partial<AgentCommand> = {}): AgentCommand {
  return {
    type: 'agent_command',
    sessionId,
    projectId: randomUUID(),
    seq: 1,
    inputId: randomUUID(),
    kind: 'command',
    command: 'hello',
    options: {},
    author: AUTHOR,
    at: Date.now(),
    ...part,
  }
}

/** A command that is safe in the inbox. */
export function accepted(parts: RunnerParts, part: Partial<AgentCommand> = {}): StoredInput {
  const [item] = parts.spool.inbox.accept([inputOf(parts, part)])
  if (item === undefined) throw new Error('it was accepted')
  return item
}

/** All that was said and is not acknowledged, which here is everything. */
export function said({ sessionId, spool }: RunnerParts): CommandResponse[] {
  return spool.outbox.read(sessionId, 1, 10_000, 100_000_000).responses
}
