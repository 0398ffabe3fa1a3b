import { delta, record, say } from '../../../packages/agent/src/driver/responses.ts'
import { finishRun } from '../../../packages/agent/src/claude/outcome.ts'
import type { Conversation } from '../../../packages/agent/src/sessions/conversation.ts'
import { createRequests, type Requests } from '../../../packages/agent/src/sessions/requests.ts'
import type { Runner, RunnerParts, Stop } from '../../../packages/agent/src/sessions/runner.ts'
import type { StoredInput } from '../../../packages/agent/src/spool/inbox.ts'
import type { NewResponse } from '../../../packages/agent/src/spool/outbox.ts'
import { note, type Truth } from '../truth.ts'

/** What the fake Claude does for a prompt: so many numbered lines, and a question before the last of them. */
export type Script = { lines: number; asks: boolean }

export function promptOf(script: Script): string {
  return `${script.lines} lines${script.asks ? ', ask' : ''}`
}

function scriptOf(prompt: string): Script {
  return { lines: Number.parseInt(prompt), asks: prompt.includes('ask') }
}

export function lineOf(commandId: string, line: number): string {
  return `L${line} ${commandId}`
}

/** A runner that goes one step at a time. */
export type SteppedRunner = Runner & {
  /** What Claude does next. Answers whether there was anything. */
  step(): boolean
}

type Run = { item: StoredInput; begun: boolean; line: number; asked: boolean; stop: Stop | undefined }

/**
 * In the place of `packages/agent/src/sessions/runner.ts`, which starts processes and waits for them: the same order of
 * effects (started on the disk, then the prompt; what is said, then one end for all), with a Claude that only counts.
 */
export function createSteppedRunner(parts: RunnerParts, truth: Truth): SteppedRunner {
  const { spool, voice, clock, sessionId } = parts
  let run: Run | undefined
  const requests = countApplied(
    createRequests({
      opened: (requestId) => spool.requests.add({ requestId, sessionId, commandId: voice.commandId() }),
      resolved: (requestId) => spool.requests.remove(requestId),
      said: (response) => voice.push([response]),
    }),
    truth,
  )

  function finish({ item, stop }: Run, response: NewResponse): void {
    requests.cancelAll()
    voice.conclude(item, stop === undefined ? response : finishRun(undefined, { type: 'stopped', ...stop }, 0))
    run = undefined
    parts.finished()
  }

  function begin(now: Run): void {
    const { input, acceptedAt } = now.item
    const expired = input.expiresAt !== undefined && clock.now() - acceptedAt > input.expiresAt - input.at
    if (now.stop !== undefined) return finish(now, COMPLETE)
    if (expired) return finish({ ...now, stop: { code: 'EXPIRED', message: 'too late' } }, COMPLETE)
    spool.inbox.start(input.inputId)
    now.begun = true
    count(truth.executions, input.inputId)
    truth.ranAs.set(input.inputId, input.command)
    if (truth.cancelledBeforeStart.has(input.inputId)) {
      note(truth, 'I11', 'a command ran although it was cancelled before its start')
    }
    const effective = { model: 'fake', permissionMode: 'default', cwd: '/', claudeSessionId: sessionId }
    voice.push([say('run_started', { ...effective, claudeVersion: '1' })])
  }

  function goOn(now: Run): void {
    const { inputId, command } = now.item.input
    const script = scriptOf(command)
    if (now.stop !== undefined) return finish(now, COMPLETE)
    if (script.asks && !now.asked && now.line >= script.lines - 1) {
      now.asked = true
      const options = { requestId: `${inputId} asks`, toolUseID: inputId }
      const question = { tool: 'Write', input: { file: inputId }, options }
      void requests.open(question, new AbortController().signal)
    } else if (now.line < script.lines) {
      now.line += 1
      const text = lineOf(inputId, now.line)
      const key = `${inputId} ${now.line}`
      truth.lines.set(inputId, [...(truth.lines.get(inputId) ?? []), text])
      voice.push([delta('text', key, text.slice(0, 2)), record('text', key, text)])
    } else {
      truth.completed.add(inputId)
      finish(now, COMPLETE)
    }
  }

  return {
    start(item) {
      run = { item, begun: false, line: 0, asked: false, stop: undefined }
      voice.about(item.input.inputId)
    },
    // Nothing of the fake Claude outlives a crash, so no run waits on.
    hold: () => {},
    takeUp: () => {},
    refuse: (item, why) => voice.conclude(item, finishRun(undefined, { type: 'stopped', ...why }, 0)),
    current: () => run?.item,
    stop(why) {
      if (run === undefined || run.stop !== undefined) return
      run.stop = why
      requests.cancelAll()
    },
    force: () => {},
    requests,
    conversation: NO_CONVERSATION,
    close: () => Promise.resolve(),
    step() {
      if (run === undefined || requests.size() > 0) return false
      if (run.begun) goOn(run)
      else begin(run)
      return true
    },
  }
}

const COMPLETE: NewResponse = { kind: 'run_finished', data: '{"durationMs":0}', isComplete: true, status: 'complete' }

function countApplied(requests: Requests, truth: Truth): Requests {
  return {
    ...requests,
    decide(decision, by) {
      const outcome = requests.decide(decision, by)
      if (outcome === 'applied') {
        const before = truth.applied.get(decision.requestId) ?? []
        truth.applied.set(decision.requestId, [...before, { digest: decision.digest, by: by.id }])
      }
      return outcome
    },
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** Settings are no part of this world. */
const NO_CONVERSATION: Conversation = {
  ready: () => Promise.reject(new Error('the fake Claude has no process')),
  driver: () => undefined,
  terminate: () => Promise.resolve(),
  change: () => Promise.resolve('later'),
  idle: () => Promise.reject(new Error('the fake Claude has no process')),
  end: () => Promise.resolve(),
  rest: () => {},
  dropModel: () => undefined,
  forget: () => {},
  close: () => Promise.resolve(),
}
