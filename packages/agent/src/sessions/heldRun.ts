import { randomUUID } from 'node:crypto'
import type { Ending } from '../driver/ending.ts'
import { deferCall, stillWaits } from '../claude/transcript.ts'
import { failpoint } from '../failpoint.ts'
import type { StoredInput } from '../spool/inbox.ts'
import { withinBudget } from './runBudget.ts'
import { directoryOf, isOver, placeOf, refusal, type HeldRequest, type RunnerState, type Stop } from './runState.ts'

/**
 * A run that waits for a person outlives the agent (REQ5): its process is ended without a word, the request stays open,
 * and once it is decided Claude Code is started anew with the very call that waited.
 */

/** Claude Code asks again as soon as it has read its own record. */
const ASK_AGAIN_MS = 60_000
/** Claude Code writes its record a moment after it has asked. */
const WRITTEN_MS = 2_000
const LOOK_EVERY_MS = 50

const LOST: Stop = {
  code: 'INTERRUPTED',
  message:
    'The agent was started anew, and Claude Code could not take up the call that waited for a decision. It was not made.',
}

export function holdRun(state: RunnerState, item: StoredInput, request: HeldRequest): void {
  state.run = { item, startedAt: item.acceptedAt, begun: true, held: request, stopping: new AbortController() }
  state.voice.about(item.input.inputId)
  state.requests.hold(request.requestId, request.call)
}

/** Never rejects: what goes wrong is the end of the run. */
export async function takeUpCall(
  state: RunnerState,
  { finish, stop }: { finish(ending: Ending): void; stop(why: Stop): void },
): Promise<void> {
  const { run } = state
  if (run?.held === undefined || run.directory !== undefined) return // somebody stopped it, or it is on its way
  try {
    const { directory, worktree } = state.spool.facts.get(state.sessionId)
    const asked = directoryOf(state, run.item.input)
    run.directory = worktree === undefined ? asked : (directory ?? asked)
    state.place = placeOf(state, run.item.input, { root: worktree?.path, directory: run.directory })
    const affordable = await withinBudget(state, run.item.input)
    if (!writeDown(state, run.held)) return finish({ type: 'stopped', ...LOST })
    failpoint('agent.takeUp.beforeLaunch')
    const driver = await state.conversation.ready(affordable, run.directory, 'take_up')
    if (isOver(state, run)) {
      // At once: it would ask about the call once more, and an answer could still make it.
      await state.conversation.terminate('kill')
      if (state.run === run) finish({ type: 'answered' })
      return
    }
    const message = 'Claude Code was started anew and goes on with the call that waited; what ran beside it is gone.'
    state.voice.notice('info', 'taken_up', message, { requestId: run.held.requestId })
    state.watch.start()
    driver.goOn()
    state.sharper = setTimeout(() => stop(LOST), ASK_AGAIN_MS)
  } catch (error) {
    if (state.run === run) finish({ type: 'refused', error: refusal(state, error) })
  }
}

function writeDown({ spool, sessionId, clock }: RunnerState, { call }: HeldRequest): boolean {
  const { permissionMode = 'default' } = spool.sessions.get(sessionId).settings
  const now = { at: new Date(clock.now()), uuid: randomUUID() }
  return deferCall(call.transcript, { toolUseId: call.toolUseId, tool: call.tool, permissionMode }, now)
}

/** The agent stops. @returns whether its run waits for a person and was left as it is */
export async function leaveHeld(state: RunnerState): Promise<boolean> {
  const { run, requests, conversation } = state
  if (run === undefined || run.stop !== undefined || !run.begun) return false
  const request = requests.holdable()
  if (request === undefined || !(await isWritten(request))) return false
  requests.leave()
  state.run = undefined
  await conversation.terminate('kill')
  await conversation.close()
  return true
}

/** What was held already has been looked at when the agent started. */
async function isWritten({ call }: HeldRequest): Promise<boolean> {
  const deadline = performance.now() + WRITTEN_MS
  while (!stillWaits(call.transcript, call.toolUseId)) {
    if (performance.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  }
  return true
}

/** Whether a run that had begun in an earlier process can wait on: for one request, whose call can be taken up. */
export type Holdable = { commandId: string; request: HeldRequest }

export function holdableRuns(
  requests: readonly { requestId: string; commandId: string; call?: HeldRequest['call'] }[],
): Holdable[] {
  const byCommand = Map.groupBy(requests, ({ commandId }) => commandId)
  return [...byCommand].flatMap(([commandId, [first, ...others]]) => {
    if (first?.call === undefined || others.length > 0) return []
    const { requestId, call } = first
    return stillWaits(call.transcript, call.toolUseId) ? [{ commandId, request: { requestId, call } }] : []
  })
}
