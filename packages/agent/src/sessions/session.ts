import {
  FarhandError,
  cancelBodySchema,
  queueBodySchema,
  revokeBodySchema,
  rewindBodySchema,
  settingBodySchema,
  type AgentCommand,
  type AgentResult,
  type CancelBody,
  type QueueBody,
  type RewindBody,
} from '@farhand/shared'
import type { z } from 'zod'
import type { StoredInput } from '../spool/inbox.ts'
import { takeDecision } from './decisions.ts'
import { enqueue, find, positionBefore, positionFirst, remove, replace, type Queue } from './queue.ts'
import { previewRewind, rewind } from './rewind.ts'
import { createRunner, type HeldRequest, type Runner, type RunnerParts, type Stop } from './runner.ts'
import { describeSettings, pickSettings, type Settings } from './settings.ts'
import { createVoice, type Voice } from './voice.ts'

/** One conversation: inputs in, one run after the other, responses out. */
export type Session = {
  /**
   * Inputs that are safe in the inbox, and came together. Each is acted upon once; what comes of it is told by responses.
   * Nothing is begun before all are heard, so that a change of a command that came along with it still reaches it (CMD6).
   */
  accept(items: readonly StoredInput[]): void
  /** A run of an earlier process of the agent, which waits for a person. Before anything else. */
  hold(item: StoredInput, request: HeldRequest): void
  /** The command that is being run. */
  running(): string | undefined
  /** What going back to before a command would do. @throws FarhandError `RATE_LIMITED` while something else is done */
  previewRewind(to: string): Promise<AgentResult<'sessions.rewind_preview'>>
  /** Where a command in the background writes to. `undefined`: it is not known, or its process is gone. */
  outputFile(taskId: string): string | undefined
  /** Ends what runs; what waits begins in its turn. */
  stop(stop: Stop): void
  /** Ends what runs, and begins nothing until `resume`. */
  pause(stop: Stop): void
  resume(): void
  /** Ends what runs as `INTERRUPTED`. What waits stays in the inbox. */
  close(): Promise<void>
}

export type SessionParts = Omit<RunnerParts, 'finished' | 'voice'> & {
  firstInputId: string
  /** What runs the commands. @default the one that drives Claude Code */
  makeRunner?: typeof createRunner
  /** Another command runs, or none. */
  changed(): void
}

type State = SessionParts & {
  runner: Runner
  voice: Voice
  queue: Queue
  /** Commands that were cancelled before they came, each with the cancel's own id. */
  earlyCancels: Map<string, string>
  /** Inputs that are done when the command that runs, or is about to, has ended. */
  heldInputs: string[]
  /** Something else than a command works on the conversation. */
  aside: boolean
  paused: boolean
  closed: boolean
}

/** Of commands that never come; the oldest go first. */
const MAX_EARLY_CANCELS = 1_000
const CANCELLED: Stop = { code: 'CANCELLED', message: 'Somebody stopped the command.' }
const OVERTAKEN: Stop = { code: 'CANCELLED', message: 'Somebody sent another command first.' }

export function createSession(parts: SessionParts): Session {
  const voice = createVoice(parts)
  const finished = (): void => {
    for (const inputId of state.heldInputs.splice(0)) parts.spool.inbox.finish(inputId)
    parts.changed()
    startNext(state)
  }
  const runner = (parts.makeRunner ?? createRunner)({ ...parts, voice, finished })
  const state: State = {
    ...parts,
    runner,
    voice,
    queue: [],
    earlyCancels: new Map(),
    heldInputs: [],
    aside: false,
    paused: false,
    closed: false,
  }
  return {
    accept(items) {
      if (state.closed) return
      for (const item of items) {
        if (item.input.kind === 'command') takeCommand(state, item)
        else takeInput(state, item)
      }
      startNext(state)
    },
    hold: runner.hold,
    running: () => runner.current()?.input.inputId,
    stop: runner.stop,
    pause(why) {
      state.paused = true
      runner.stop(why)
    },
    resume() {
      state.paused = false
      startNext(state)
    },
    outputFile(taskId) {
      const files = runner.conversation.driver()?.state().outputFiles ?? {}
      return Object.hasOwn(files, taskId) ? files[taskId] : undefined
    },
    previewRewind: (to) => aside(state, () => previewRewind(state, to)),
    async close() {
      state.closed = true
      await runner.close()
      voice.close()
    },
  }
}

// --- Commands -------------------------------------------------------------------------------------------------------

function takeCommand(state: State, item: StoredInput): void {
  const cancelId = state.earlyCancels.get(item.input.inputId)
  if (cancelId !== undefined) {
    state.earlyCancels.delete(item.input.inputId)
    state.runner.refuse(item, CANCELLED)
    state.spool.inbox.finish(cancelId)
    return
  }
  state.queue = enqueue(state.queue, item)
}

function startNext(state: State): void {
  const [first, ...rest] = state.queue
  if (state.closed || state.paused || first === undefined || state.aside) return
  if (state.runner.current() !== undefined) return
  state.queue = rest
  state.runner.start(first)
  state.changed()
}

/**
 * Before the start, during the run, after the end, and again: each is fine (CMD5). The cancel is done only when its
 * command has ended: forgotten by a crash before that, the command would run after the next start.
 */
function cancel(state: State, { commandId, force }: CancelBody, cancelId: string): void {
  const { runner, earlyCancels, heldInputs, spool } = state
  const waiting = find(state.queue, commandId)
  if (waiting !== undefined) {
    withdraw(state, waiting)
    spool.inbox.finish(cancelId)
  } else if (runner.current()?.input.inputId === commandId) {
    heldInputs.push(cancelId)
    runner.stop(CANCELLED)
    if (force === true) runner.force()
  } else if (spool.inbox.isDone(commandId)) {
    spool.inbox.finish(cancelId)
  } else {
    const same = earlyCancels.get(commandId)
    if (same !== undefined) spool.inbox.finish(same)
    earlyCancels.set(commandId, cancelId)
    const [oldest] = earlyCancels
    if (earlyCancels.size <= MAX_EARLY_CANCELS || oldest === undefined) return
    earlyCancels.delete(oldest[0])
    spool.inbox.finish(oldest[1])
  }
}

function withdraw(state: State, waiting: StoredInput): void {
  state.queue = remove(state.queue, waiting.input.inputId)
  state.runner.refuse(waiting, CANCELLED)
}

// --- Other inputs ---------------------------------------------------------------------------------------------------

/** Inputs other than commands are done when they were acted upon. */
function takeInput(state: State, { input }: StoredInput): void {
  switch (input.kind) {
    case 'cancel':
      // It finishes itself, with its command.
      if (read(state, cancelBodySchema, input, (body) => cancel(state, body, input.inputId))) return
      break
    case 'decision':
      // It finishes itself: one that counts only when Claude Code was started anew, with its command.
      return takeDecision(state, input, CANCELLED)
    case 'setting':
      // It finishes itself, when Claude Code has taken it.
      if (read(state, settingBodySchema, input, (settings) => void change(state, settings, input.inputId))) return
      break
    case 'rewind':
      // It finishes itself, when what it takes was done.
      if (read(state, rewindBodySchema, input, (body) => void goBack(state, body, input.inputId))) return
      break
    case 'revoke':
      read(state, revokeBodySchema, input, ({ grantId }) => takeBack(state, grantId, input))
      break
    case 'attached':
      break // for those who read along; the command itself names its files
    case 'queue':
      read(state, queueBodySchema, input, (body) => arrange(state, body, input.inputId))
      break
    default:
      state.logger.warn({ sessionId: state.sessionId, kind: input.kind }, 'an input of an unknown kind was left alone')
  }
  state.spool.inbox.finish(input.inputId)
}

function read<T>(
  { logger, sessionId }: State,
  schema: z.ZodType<T>,
  input: AgentCommand,
  act: (body: T) => void,
): boolean {
  const body = schema.safeParse(parseJson(input.command))
  if (body.success) act(body.data)
  else logger.warn({ sessionId, kind: input.kind, inputId: input.inputId }, 'an input could not be read')
  return body.success
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source)
  } catch {
    return undefined // from an observer; the schema refuses it
  }
}

/** The first one counts; whoever comes later is told that nothing is left of it. */
function takeBack({ spool, voice, sessionId }: State, grantId: string, { inputId, author }: AgentCommand): void {
  const grant = spool.grants.end(sessionId, grantId)
  if (grant === undefined) {
    return voice.notice('info', 'grant_late', 'What was to be taken back had ended already.', { inputId, grantId })
  }
  const { rule, by } = grant
  const message = `${author.name} took back ${rule}, which ${by.name} had allowed for a while; it is asked about again.`
  voice.notice('info', 'grant', message, { state: 'ended', grantId, rule, by: author, inputId })
}

/** Never rejects: what Claude Code does not take is told. After a crash in the middle it is set once more. */
async function change(state: State, wanted: Settings, inputId: string): Promise<void> {
  const { runner, voice, logger, sessionId, spool } = state
  const settings = pickSettings(wanted)
  try {
    const when = await runner.conversation.change(settings)
    if (state.closed) return
    const message = `${describeSettings(settings)}${when === 'later' ? ' (from the next command on)' : ''}`
    voice.notice('info', 'setting', message, settings)
  } catch (error) {
    if (state.closed) return // nobody has refused it, so it is set at the next start
    logger.warn({ err: error, sessionId }, 'a setting was refused')
    const message = error instanceof FarhandError ? error.message : 'The setting was not taken.'
    voice.notice('warning', 'setting_refused', message)
  }
  spool.inbox.finish(inputId)
}

/** Never rejects: what can't be done is told. After a crash in the middle it is done once more, which changes nothing. */
async function goBack(state: State, body: RewindBody, inputId: string): Promise<void> {
  try {
    await aside(state, () => rewind(state, body, inputId))
  } catch (error) {
    if (!(error instanceof FarhandError)) state.logger.error({ err: error }, 'going back failed')
    const message = error instanceof FarhandError ? error.message : 'Going back failed.'
    state.voice.notice('warning', 'rewind_refused', message, { inputId, to: body.to })
  }
  state.spool.inbox.finish(inputId)
}

/** One thing at a time works on the conversation; commands wait meanwhile. */
async function aside<T>(state: State, act: () => Promise<T>): Promise<T> {
  if (state.aside) throw new FarhandError('RATE_LIMITED', 'Something else is being done in this session; try again.')
  state.aside = true
  try {
    return await act()
  } finally {
    state.aside = false
    startNext(state)
  }
}

/** Changes what waits (CMD6). What is not waiting any more is left alone, and whoever wanted to change it is told. */
function arrange(state: State, body: QueueBody, inputId: string): void {
  const { action, commandId, command, before } = body
  const item = find(state.queue, commandId)
  if (action === 'confirm') return
  if (item === undefined) return tooLate(state, body, inputId)
  switch (action) {
    case 'withdraw':
      return withdraw(state, item)
    case 'edit':
      if (command === undefined || command === '') return tooLate(state, body, inputId, NOTHING_SAID)
      keep(state, { ...item, input: { ...item.input, command } })
      break
    case 'move': {
      const position = positionBefore(remove(state.queue, commandId), before)
      if (position === undefined) return tooLate(state, body, inputId, OTHER_IS_GONE)
      keep(state, { ...item, position })
      break
    }
    case 'send_now':
      keep(state, { ...item, position: positionFirst(state.queue) })
      state.runner.stop(OVERTAKEN)
      break
    default:
      action satisfies never
  }
  const said = { inputId, action, commandId, ...(command === undefined ? {} : { command }) }
  state.voice.notice('info', 'queue', QUEUE_WORDS[action], said)
}

const HAS_BEGUN = 'A command had begun or ended before the change of it came; it was left as it was.'
const OTHER_IS_GONE = 'A command stays where it is: the one that it was to stand before does not wait any more.'
const NOTHING_SAID = 'A command was to be changed to nothing; it was left as it was.'

function tooLate({ voice }: State, { action, commandId }: QueueBody, inputId: string, message = HAS_BEGUN): void {
  voice.notice('warning', 'queue_late', message, { inputId, action, commandId })
}

const QUEUE_WORDS = {
  edit: 'A waiting command was changed.',
  move: 'A waiting command was moved.',
  send_now: 'A waiting command was sent at once.',
}

function keep(state: State, item: StoredInput): void {
  state.queue = replace(state.queue, item)
  state.spool.inbox.edit(item)
}
