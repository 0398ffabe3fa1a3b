import { pino } from 'pino'
import { PROTOCOL_VERSION, type AgentCommand, type AgentHello, type QueueBody } from '@farhand/shared'
import { CLAUDE_CODE } from '../../../packages/agent/src/claude/outcome.ts'
import type { Coder } from '../../../packages/agent/src/driver/driver.ts'
import type { Sessions } from '../../../packages/agent/src/sessions/sessions.ts'
import type { Code } from '../code.ts'
import { AGENT, PROJECT } from '../ids.ts'
import { openLink, type AgentHears, type AgentLink } from '../links.ts'
import { note, type Truth } from '../truth.ts'
import type { Disk } from './disk.ts'
import { createSteppedRunner, type SteppedRunner } from './fakeClaude.ts'
import { createSpool, type ModelSpool } from './spool.ts'

const logger = pino({ level: 'silent' })

/** One run of the agent's process: everything in here is gone when it crashes. */
export type Agent = {
  /** Dials, and says hello. The link before it is given up. */
  dial(no: number): AgentLink
  hear(link: AgentLink, said: AgentHears): void
  lost(link: AgentLink): void
  link(): AgentLink | undefined
  /** Whether it will never dial again. */
  gaveUp(): boolean
  /** One step inside. Answers whether there was anything to do. */
  work(): boolean
  claude(pick: number): boolean
  commit(): boolean
}

/** What no later attempt can change, as in `packages/agent/src/websocket/client.ts`. */
const FINAL_CODES: readonly string[] = ['UPGRADE_REQUIRED', 'FENCED']

type Parts = {
  code: Code
  disk: Disk
  clock: { now(): number }
  truth: Truth
  /** How much of a session is on the relay's disk, to see whether an acknowledgement is true. */
  relayHas(sessionId: string): number
}

/**
 * The agent's process without sockets: the product's sessions, requests, queue and drain over a spool of maps.
 */
export function createAgent(parts: Parts): Agent {
  const { code, disk, clock } = parts
  const spool = createSpool(parts)
  const runners: SteppedRunner[] = []
  const effects: (() => void)[] = []
  let link: AgentLink | undefined
  let ready = false
  let gaveUp = false

  if (code.slips.has('agent keeps responses in memory')) loseResponses(disk)
  if (!code.slips.has('agent forgets what began')) code.endWhatBegan(spool, clock)
  const sessions = createModelSessions(parts, spool, runners)
  const drain = code.createDrain(spool.outbox, () => {})
  spool.onCommitted(drain.pump)
  sessions.goOn(spool.inbox.open('accepted'))

  const accept = (inputs: AgentCommand[]): void => take(parts, { spool, sessions, effects }, inputs)

  function took(on: AgentLink, offer: number, input: AgentCommand): void {
    drain.known(input.sessionId)
    if (spool.inbox.isDone(input.inputId) && !code.slips.has('agent says nothing of what had ended')) {
      on.up.push({ type: 'took', offer, ended: spool.outbox.position(input.sessionId).last })
      return
    }
    const reply = (): void => void on.up.push({ type: 'took', offer })
    if (code.slips.has('agent acknowledges before the inbox')) {
      reply()
      effects.push(() => accept([input]))
    } else {
      accept([input])
      effects.push(reply)
    }
  }

  function hearHello(on: AgentLink, said: Extract<AgentHears, { type: 'hello_answer' }>): void {
    if (!said.answer.ok) return lose(on, said.answer.error.code)
    accept(said.answer.inputs)
    ready = true
    drain.connected(said.answer.sessions, (batch) => on.up.push({ type: 'responses', responses: batch }))
  }

  function lose(on: AgentLink, code: string): void {
    if (link !== on) return
    on.here = false
    link = undefined
    if (ready && code === 'NOT_FOUND') drain.unknownSession()
    ready = false
    drain.disconnected()
    gaveUp ||= FINAL_CODES.includes(code)
  }

  return {
    dial(no) {
      if (link !== undefined) lose(link, '')
      const made: AgentLink = openLink(no)
      link = made
      made.up.push({
        type: 'hello',
        hello: helloOf(spool.registry.nextConnNo(), spool.outbox.positions(), spool.inbox.openCommands()),
      })
      return made
    },
    hear(on, said) {
      if (on !== link) return
      switch (said.type) {
        case 'hello_answer':
          return hearHello(on, said)
        case 'command':
          return took(on, said.offer, said.input)
        case 'ack':
          checkAck(parts, said)
          return drain.acked(said.sessionId, said.n)
        case 'gap':
          return drain.gap(said.sessionId, said.lastN)
        case 'fenced':
          return lose(on, 'FENCED')
        case 'goodbye':
          return lose(on, said.code)
        default:
          return said satisfies never
      }
    },
    lost: (on) => lose(on, ''),
    link: () => link,
    gaveUp: () => gaveUp,
    work() {
      const next = effects.shift()
      next?.()
      return next !== undefined
    },
    claude: (pick) => runners[pick % Math.max(1, runners.length)]?.step() ?? false,
    commit: spool.commit,
  }
}

type Inside = { spool: ModelSpool; sessions: Sessions; effects: (() => void)[] }

/** Inputs that came, first into the inbox. */
function take({ code, disk, clock, truth }: Parts, { spool, sessions, effects }: Inside, inputs: AgentCommand[]): void {
  noteCancels(truth, disk, inputs)
  noteChanges(truth, disk, inputs)
  if (!code.slips.has('agent acts before the inbox')) return sessions.accept(inputs)
  sessions.goOn(code.freshInputs(inputs, (inputId) => disk.inbox.has(inputId), clock.now()))
  effects.push(() => spool.inbox.accept(inputs))
}

/** What answers goes on step by step, beside it. */
const NO_PROCESS: Coder = {
  ...CLAUDE_CODE,
  owns: () => true,
  abilities: { rewind: true, takeOver: true },
  program: () => ({ executable: '', env: {} }),
  start: () => {
    throw new Error('no process is started here')
  },
}

/** The product's own registry of sessions, with a Claude Code that goes on step by step. */
function createModelSessions({ code, clock, truth }: Parts, spool: ModelSpool, runners: SteppedRunner[]) {
  return code.createSessions({
    spool,
    clock,
    logger,
    rootOf: () => '/',
    transcripts: {
      list: () => Promise.resolve({ sessions: [], truncated: false }),
      read: async () => undefined,
      remove: async () => false,
    },
    attachments: {
      take: async () => [],
      directories: () => [],
      forget: async () => {},
      sweep: async () => {},
    },
    worktrees: { enter: async (_input, root, directory) => ({ root, directory }) },
    accounts: { look: () => ({ left: {} }), add: () => {}, raise: () => {}, handOut: () => {}, giveBack: () => {} },
    heard: () => {},
    coder: NO_PROCESS,
    newMarker: () => '',
    retireMs: 0,
    allowBypass: false,
    limits: { idleMs: 0, totalMs: 0, maxProcesses: 0 },
    judge: () => undefined,
    grant: () => undefined,
    changed: () => {},
    makeRunner(runnerParts) {
      const runner = createSteppedRunner(runnerParts, truth)
      runners.push(runner)
      return runner
    },
  })
}

function checkAck({ truth, relayHas }: Parts, ack: { sessionId: string; n: number }): void {
  if (ack.n > relayHas(ack.sessionId) && !truth.restored)
    note(truth, 'I5', `n ${ack.n} was acknowledged and is not stored`)
}

export function helloOf(
  connNo: number,
  positions: readonly { sessionId: string; acked: number; last: number }[],
  open: string[],
  agentId: string = AGENT,
): AgentHello {
  return {
    protocol: PROTOCOL_VERSION,
    agentId,
    connNo,
    bootId: 'boot',
    name: 'agent',
    host: 'host',
    versions: {},
    projects: [{ projectId: PROJECT, name: 'project', path: '/project' }],
    sessions: positions.map(({ sessionId, acked, last }) => ({ sessionId, lastN: last, acked })),
    open,
  }
}

/** I11: a cancel that is on the agent's disk before its command was begun stops it, whatever comes between. */
function noteCancels(truth: Truth, disk: Disk, inputs: readonly AgentCommand[]): void {
  for (const { kind, key } of inputs) {
    if (kind !== 'cancel' || key === undefined) continue
    const state = disk.inbox.get(key)?.state
    if (state === undefined || state === 'accepted') truth.cancelledBeforeStart.add(key)
  }
}

/** CMD6: a change that is there as soon as its command is reaches it, where nobody stopped the command. */
function noteChanges(truth: Truth, disk: Disk, inputs: readonly AgentCommand[]): void {
  const fresh = new Set(inputs.flatMap(({ kind, inputId }) => (kind === 'command' ? [inputId] : [])))
  const ended = new Set<string>()
  for (const { kind, inputId, key, command } of inputs) {
    if (kind === 'cancel' && key !== undefined) ended.add(key)
    if (kind !== 'queue' || key === undefined || disk.inbox.has(inputId)) continue
    const { action } = JSON.parse(command) as QueueBody
    // A move is too late as well where the other command does not wait.
    const early = action === 'move' || truth.cancelledBeforeStart.has(key) || ended.has(key)
    if (fresh.has(key) && !disk.inbox.has(key) && !early) truth.arrangedInTime.add(inputId)
    if (action === 'withdraw') ended.add(key)
  }
}

/** A fault: the outbox and its numbers were in memory. */
function loseResponses(disk: Disk): void {
  for (const [sessionId, { acked }] of disk.positions) disk.positions.set(sessionId, { acked, last: acked })
  disk.outbox.clear()
}
