import {
  FarhandError,
  cancelBodySchema,
  decisionBodySchema,
  queueBodySchema,
  settingBodySchema,
  type AgentCommand,
  type DecisionBody,
  type QueueBody,
} from '@farhand/shared'
import type { z } from 'zod'
import type { StoredInput } from '../spool/inbox.ts'
import type { Settings } from '../spool/sessionRecords.ts'
import { pickSettings } from './conversation.ts'
import { enqueue, find, positionBefore, positionFirst, remove, replace, type Queue } from './queue.ts'
import { createRunner, type RunnerParts, type Stop } from './runner.ts'

/** One conversation: inputs in, one run after the other, responses out. */
export type Session = {
  /** An input that is safe in the inbox. It is acted upon once; what comes of it is told by responses. */
  accept(item: StoredInput): void
  /** The command that is being run. */
  running(): string | undefined
  /** Ends what runs; what waits goes on waiting for its turn. */
  stop(stop: Stop): void
  /** Ends what runs as `INTERRUPTED`. What waits stays in the inbox. */
  close(): Promise<void>
}

export type SessionParts = Omit<RunnerParts, 'finished'> & {
  /** Another command runs, or none. */
  changed(): void
}

/** Commands that were cancelled before they came; more than this come from no honest observer. */
const MAX_EARLY_CANCELS = 1_000
const CANCELLED: Stop = { code: 'CANCELLED', message: 'Somebody stopped the command.' }

export function createSession(parts: SessionParts): Session {
  const { sessionId, spool, logger } = parts
  const earlyCancels = new Set<string>()
  let queue: Queue = []
  let closed = false
  const runner = createRunner({
    ...parts,
    finished() {
      parts.changed()
      startNext()
    },
  })

  function startNext(): void {
    const [first, ...rest] = queue
    if (closed || first === undefined || runner.current() !== undefined) return
    queue = rest
    runner.start(first)
    parts.changed()
  }

  function command(item: StoredInput): void {
    if (earlyCancels.delete(item.input.inputId)) {
      runner.refuse(item, CANCELLED)
      return
    }
    queue = enqueue(queue, item)
    startNext()
  }

  /** Before the start, during the run, after the end, and again: each is fine (CMD5). */
  function cancel(commandId: string): void {
    const waiting = find(queue, commandId)
    if (waiting !== undefined) {
      queue = remove(queue, commandId)
      runner.refuse(waiting, CANCELLED)
    } else if (runner.current()?.input.inputId === commandId) {
      runner.stop(CANCELLED)
    } else if (earlyCancels.size < MAX_EARLY_CANCELS) {
      earlyCancels.add(commandId)
    }
  }

  function decide(decision: DecisionBody, { author }: AgentCommand): void {
    const outcome = runner.requests.decide(decision, author)
    if (outcome === 'stale') {
      runner.notice('warning', 'stale_decision', 'A decision was about another input than the one that waits; it was not applied.')
    }
    if (outcome === 'applied' && decision.behavior === 'deny' && decision.stop === true) runner.stop(CANCELLED)
  }

  async function change(settings: Settings): Promise<void> {
    try {
      const when = await runner.conversation.change(settings)
      const list = Object.entries(settings).map(([name, value]) => `${WORDS[name] ?? name} ${value}`)
      const message = `${list.join(', ')}${when === 'later' ? ' (from the next command on)' : ''}`
      runner.notice('info', 'setting', message, settings)
    } catch (error) {
      logger.warn({ err: error, sessionId }, 'a setting was refused')
      runner.notice('warning', 'setting_refused', error instanceof FarhandError ? error.message : 'The setting was not taken.')
    }
  }

  function arrange({ action, commandId, command: text, before }: QueueBody): void {
    const item = find(queue, commandId)
    if (item === undefined || action === 'confirm') return
    switch (action) {
      case 'withdraw':
        return cancel(commandId)
      case 'edit':
        if (text !== undefined && text !== '') keep({ ...item, input: { ...item.input, command: text } })
        break
      case 'move': {
        const position = positionBefore(remove(queue, commandId), before)
        if (position === undefined) return
        keep({ ...item, position })
        break
      }
      case 'send_now':
        keep({ ...item, position: positionFirst(queue) })
        runner.stop({ code: 'CANCELLED', message: 'Somebody sent another command first.' })
        break
      default:
        action satisfies never
    }
    runner.notice('info', 'queue', QUEUE_WORDS[action], { action, commandId, ...(text === undefined ? {} : { command: text }) })
  }

  function keep(item: StoredInput): void {
    queue = replace(queue, item)
    spool.inbox.edit(item)
  }

  /** Inputs other than commands are done when they were acted upon. */
  function act({ input }: StoredInput): void {
    switch (input.kind) {
      case 'cancel':
        read(cancelBodySchema, input, ({ commandId }) => cancel(commandId))
        break
      case 'decision':
        read(decisionBodySchema, input, (decision) => decide(decision, input))
        break
      case 'setting':
        read(settingBodySchema, input, (settings) => void change(pickSettings(settings)))
        break
      case 'queue':
        read(queueBodySchema, input, arrange)
        break
      default:
        logger.warn({ sessionId, kind: input.kind }, 'an input of an unknown kind was left alone')
    }
    spool.inbox.finish(input.inputId)
  }

  function read<T>(schema: z.ZodType<T>, input: AgentCommand, then: (body: T) => void): void {
    const body = schema.safeParse(parseJson(input.command))
    if (body.success) then(body.data)
    else logger.warn({ sessionId, kind: input.kind, inputId: input.inputId }, 'an input could not be read')
  }

  return {
    accept(item) {
      if (closed) return
      if (item.input.kind === 'command') command(item)
      else act(item)
    },
    running: () => runner.current()?.input.inputId,
    stop: runner.stop,
    async close() {
      closed = true
      await runner.close()
    },
  }
}

const WORDS: Record<string, string> = { model: 'Model is now', permissionMode: 'Permission mode is now', effort: 'Effort is now' }
const QUEUE_WORDS = {
  edit: 'A waiting command was changed.',
  move: 'A waiting command was moved.',
  send_now: 'A waiting command was sent at once.',
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source)
  } catch {
    return undefined // from an observer; the schema refuses it
  }
}
