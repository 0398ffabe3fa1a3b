import { RequestError } from '@agentclientprotocol/sdk'
import { FarhandError, type AnsweredBy } from '@farhand/shared'
import type { Driver, DriverEvents, DriverState, Launch, Prompt } from '../driver/driver.ts'
import { conclude, type Named } from '../driver/ending.ts'
import { say } from '../driver/responses.ts'
import { isCrowded } from '../process/crowd.ts'
import type { NewResponse } from '../spool/outbox.ts'
import type { Settings } from '../spool/sessionRecords.ts'
import { connect, type Connection } from './connection.ts'
import { permit } from './gate.ts'
import { promptEndedSchema, readUpdate, sessionOpenedSchema, type Initialized, type Update } from './messages.ts'
import { INITIALIZE_MS, initialize, openSession, refusalOf, understood } from './opening.ts'
import { OVER_BUDGET, endOf, outcomeOf } from './outcome.ts'
import { promptBlocks } from './promptBlocks.ts'
import { NotOffered, changeFor, currentSettings, type Change } from './settings.ts'
import { closeBlock, translate } from './translate.ts'
import { beginRun, endRun, newTranslation, type RunEnd, type Translated, type Translation } from './translation.ts'

/** Stands before the agent's own id of a conversation, so that nothing takes it for one of Claude Code's. */
export const CONVERSATION_PREFIX = 'acp:'

/** What is known of the agent beyond one process. */
export type Self = Named & {
  met(initialized: Initialized): AnsweredBy
  /** What it offers, as it now stands. */
  offers(translation: Translation): void
}

type State = {
  launch: Launch
  events: DriverEvents
  self: Self
  connection: Connection
  translation: Translation
  /** Resolves when prompts may be sent. Rejects in words, or where the agent is gone. */
  opened: Promise<Session>
  session: Session | undefined
  /** What it tells of a conversation that goes on is in the log already. */
  replaying: boolean
  turn: Turn | undefined
}

type Session = { sessionId: string; takesImages: boolean }
type Turn = { cancelled: boolean; ended: Promise<void> }

/** Starts an ACP agent. Nothing of this throws later: what goes wrong is told by `exited`. */
export function startAcp(launch: Launch, events: DriverEvents, self: Self): Driver {
  const connection = connect(launch, {
    update: (params) => guarded(state, () => understand(state, params)),
    asked: (permission, signal) =>
      permit(permission, signal, {
        events,
        cwd: launch.cwd,
        known: () => state.translation,
        tell: (translated) => tell(state, translated),
        isCancelled: () => state.turn?.cancelled === true,
      }),
    malformed: events.malformed,
    pressed: events.pressed,
  })
  const state: State = {
    launch,
    events,
    self,
    connection,
    translation: newTranslation(launch.before),
    opened: Promise.resolve().then(() => open(state)),
    session: undefined,
    replaying: true,
    turn: undefined,
  }
  state.opened.catch(() => {}) // told by the prompt that waits for it, or by the exit
  void connection.process.ended.then((exit) => {
    tell(state, closeBlock(state.translation))
    events.exited(exit)
  })
  return {
    prompt: (prompt) => takePrompt(state, prompt),
    goOn: () => begin(state, state.translation.promptId),
    finish(ending, durationMs) {
      const response = conclude(outcomeOf(state.translation), ending, durationMs, self)
      state.translation = endRun(state.translation)
      return response
    },
    interrupt: () => interrupt(state),
    apply: (settings) => apply(state, settings),
    rewindFiles: () => Promise.reject(new Error('it has no copies of files')),
    end: (how, patience) => connection.process.end(how, patience),
    state: () => describe(state),
    isCrowded: (max) => isCrowded(launch.marker, max),
  }
}

function describe({ translation, turn, session, connection }: State): DriverState {
  const { effective, tasks, costUsd, run } = translation
  return {
    effective,
    conversationId: session === undefined ? undefined : `${CONVERSATION_PREFIX}${session.sessionId}`,
    tasks,
    costUsd,
    gone: connection.process.gone(),
    busy: turn !== undefined,
    conversationMissing: false,
    spent: { costUsd: run?.costUsd ?? 0, turns: run === undefined ? 0 : 1 },
    limitReached: run?.said?.limit === true,
    outputFiles: {},
    modelRefused: false, // it refuses one when it is set
  }
}

// --- Opening --------------------------------------------------------------------------------------------------------

async function open(state: State): Promise<Session> {
  const { launch, self, connection } = state
  const initialized = await initialize(connection.agent, INITIALIZE_MS)
  const answeredBy = self.met(initialized)
  const resume = launch.resume?.slice(CONVERSATION_PREFIX.length)
  const { sessionId, lost, modes, configOptions } = await openSession(connection.agent, initialized, launch, resume)
  state.replaying = false
  const takesImages = initialized.agentCapabilities?.promptCapabilities?.image === true
  const session = { sessionId, takesImages }
  const { translation } = state
  const offered = { modes, configOptions: configOptions ?? [] }
  const effective = { cwd: launch.cwd, answeredBy, ...currentSettings(offered) }
  state.translation = { ...translation, ...offered, effective: { ...translation.effective, ...effective } }
  await applyFirst(state, session)
  state.session = session
  self.offers(state.translation)
  if (lost) announce(state, lostNotice(self.name()))
  return session
}

function lostNotice(name: string): NewResponse {
  const message = `${name} no longer has this conversation: it begins anew, without what was said before.`
  return say('notice', { level: 'warning', type: 'conversation_lost', message })
}

async function apply(state: State, settings: Settings): Promise<void> {
  await applyTo(state, await state.opened, settings)
}

/** Rejects with its reason, where it does not take one of them. */
async function applyTo(state: State, { sessionId }: Session, settings: Settings): Promise<void> {
  for (const name of SETTINGS) {
    const value = settings[name]
    const change = value === undefined ? undefined : changeFor(state.translation, name, value)
    if (change !== undefined) await ask(state, sessionId, change)
  }
  const { effective } = state.translation
  state.translation = { ...state.translation, effective: { ...effective, ...currentSettings(state.translation) } }
}

const SETTINGS = ['permissionMode', 'model', 'effort'] as const

async function ask(state: State, sessionId: string, change: Change): Promise<void> {
  const { agent } = state.connection
  if (change.type === 'mode') {
    const { modeId } = change
    await agent.request('session/set_mode', { sessionId, modeId })
    const { modes } = state.translation
    if (modes != null) state.translation = { ...state.translation, modes: { ...modes, currentModeId: modeId } }
  } else {
    const { configId, value } = change
    const answered = await agent.request('session/set_config_option', { sessionId, configId, value })
    const { configOptions } = understood(sessionOpenedSchema, answered, 'session/set_config_option')
    if (configOptions != null) state.translation = { ...state.translation, configOptions }
  }
}

/** Where what was wished for does not hold, nothing is begun. @throws FarhandError `BAD_REQUEST` */
async function applyFirst(state: State, session: Session): Promise<void> {
  const { launch, self } = state
  try {
    await applyTo(state, session, launch.settings)
  } catch (cause) {
    if (!(cause instanceof NotOffered || cause instanceof RequestError)) throw cause // it is gone, which its exit tells
    const wished = SETTINGS.map((name) => launch.settings[name]).filter((value) => value !== undefined)
    const message = `${self.name()} does not take what is set for this session (${wished.join(', ')}): ${cause.message}`
    throw new FarhandError('BAD_REQUEST', message, { cause })
  }
}

// --- A prompt and its answer ----------------------------------------------------------------------------------------

function takePrompt(state: State, prompt: Prompt): void {
  // What it said after the end of the last turn is not part of this one.
  tell(state, closeBlock(state.translation))
  begin(state, prompt.id)
  const turn: Turn = { cancelled: false, ended: Promise.resolve() }
  state.turn = turn
  turn.ended = answer(state, prompt, turn).finally(() => {
    if (state.turn === turn) state.turn = undefined
  })
}

function begin(state: State, promptId: string): void {
  state.translation = beginRun(state.translation, promptId, state.launch.limits.maxBudgetUsd)
}

/** Never rejects: what goes wrong is the end of the turn, or of the process. */
async function answer(state: State, { content }: Prompt, turn: Turn): Promise<void> {
  const { connection, self } = state
  try {
    const session = await state.opened
    if (turn.cancelled) return endTurn(state, endOf('cancelled', self.name()))
    announce(state, say('run_started', state.translation.effective), ...ignoredLimits(state))
    const prompt = promptBlocks(content, session.takesImages, self.name())
    const answered = await connection.agent.request('session/prompt', { sessionId: session.sessionId, prompt })
    const { stopReason } = understood(promptEndedSchema, answered, 'session/prompt')
    endTurn(state, endOf(stopReason, self.name()))
  } catch (error) {
    const refused = refusalOf(error, 'the prompt')
    if (!(refused instanceof FarhandError)) return lost(state)
    const { code, message } = refused
    const end = { error: { code, message: `${self.name()}: ${message}` } }
    // Logged in or corrected, it has to be started anew; and whatever it is, it says nothing more to this prompt.
    if (state.session !== undefined && code !== 'ACP_AUTH') return endTurn(state, end)
    settle(state, end)
    void connection.process.end('ask')
  }
}

/** The connection broke: the process has ended, or there is nobody in it any more to talk to. */
function lost({ connection }: State): void {
  void connection.process.end('ask')
}

function endTurn(state: State, end: RunEnd): void {
  settle(state, end)
  guarded(state, state.events.turnOver)
}

function settle(state: State, end: RunEnd): void {
  tell(state, closeBlock(state.translation))
  const { run } = state.translation
  if (run === undefined) return
  const said = run.overCost === true ? { error: OVER_BUDGET, limit: true } : end
  state.translation = { ...state.translation, run: { ...run, said } }
}

async function interrupt(state: State): Promise<void> {
  const { turn } = state
  if (turn === undefined) return
  turn.cancelled = true
  await cancel(state)
  await turn.ended
}

async function cancel({ connection, session }: State): Promise<void> {
  if (session !== undefined) await connection.agent.notify('session/cancel', { sessionId: session.sessionId })
}

/** Said once a run, and only where somebody wished for it. */
function ignoredLimits({ launch, self }: State): NewResponse[] {
  const { maxTurns, appendSystemPrompt } = launch.limits
  const ignored = [
    ...(maxTurns === undefined ? [] : ['a limit of turns']),
    ...(appendSystemPrompt === undefined ? [] : ['an addition to its system prompt']),
  ]
  if (ignored.length === 0) return []
  const message = `${self.name()} can't be given ${ignored.join(' or ')}; what was set of it does not hold here.`
  return [say('notice', { level: 'warning', type: 'option_ignored', message })]
}

// --- What it tells --------------------------------------------------------------------------------------------------

function understand(state: State, params: unknown): void {
  const update = readUpdate(params)
  if (state.replaying && !isNews(update)) return state.events.alive()
  const translated = translate(state.translation, update, params)
  tell(state, state.replaying ? { ...translated, responses: [] } : translated)
  if (update?.sessionUpdate === 'available_commands_update') state.self.offers(state.translation)
  stopAtLimit(state)
}

/** What holds from now on, whoever it was said to. */
function isNews(update: Update | undefined): boolean {
  return update !== undefined && NEWS.includes(update.sessionUpdate)
}

const NEWS: readonly Update['sessionUpdate'][] = ['available_commands_update', 'current_mode_update', 'usage_update']

/** An ACP agent takes no limit of cost; it is held to one by what it tells of its cost. */
function stopAtLimit(state: State): void {
  const { run } = state.translation
  if (run?.maxCostUsd === undefined || run.costUsd < run.maxCostUsd || run.overCost === true) return
  state.translation = { ...state.translation, run: { ...run, overCost: true } }
  cancel(state).catch(() => {}) // it is gone, which its exit tells
}

function tell(state: State, { state: next, responses }: Translated): void {
  state.translation = next
  if (responses.length > 0) state.events.said(responses)
  else state.events.alive()
}

function announce(state: State, ...responses: NewResponse[]): void {
  tell(state, { state: state.translation, responses })
}

/** What we stumble over is our fault: it costs the run, not the agent. */
function guarded({ events }: State, act: () => void): void {
  try {
    act()
  } catch (error) {
    events.stumbled(error)
  }
}
