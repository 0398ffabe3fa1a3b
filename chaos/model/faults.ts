import type { Entry } from '@farhand/shared'
import type { OutboxStore } from '../../packages/agent/src/spool/outbox.ts'
import type { Subscriber, SubscriberInput } from '../../packages/shared/src/protocols/subscriber.ts'
import type { Decision } from '../../packages/server/src/log/accept.ts'
import { REAL, type Code, type Slip } from './code.ts'
import { SEEDS } from './seeds.ts'

/** A fault that somebody could make, and the seed of a search that finds it soon. */
export type Fault = {
  name: string
  change(code: Code): Code
  seed: number
}

const ACCEPT: Decision = { verdict: 'accept' }

/** What stands between the deciding functions: the order of effects, and what is kept where. */
function slip(name: Slip): Fault {
  return { name, seed: SEEDS[name] ?? 1, change: (code) => ({ ...code, slips: new Set([...code.slips, name]) }) }
}

function fault(name: string, part: Partial<Code>): Fault {
  return { name, seed: SEEDS[name] ?? 1, change: (code) => ({ ...code, ...part }) }
}

export const FAULTS: readonly Fault[] = [
  // --- The relay's log
  slip('acknowledges before the commit'),
  slip('publishes before the commit'),
  slip('commits without reaching the disk'),
  slip('knows inputs in memory only'),
  fault('stores what it knows already', {
    acceptResponse: (facts, agentId, response) =>
      facts.session !== undefined && response.n <= facts.session.lastN
        ? ACCEPT
        : REAL.acceptResponse(facts, agentId, response),
  }),
  fault('takes responses with a hole before them', {
    acceptResponse: (facts, agentId, response) =>
      facts.session !== undefined && response.n > facts.session.lastN
        ? ACCEPT
        : REAL.acceptResponse(facts, agentId, response),
  }),
  fault('does not recognise a repeated command', {
    acceptCommand: (facts, command) => REAL.acceptCommand({ ...facts, stored: undefined }, command),
  }),
  fault('ends a command again that the relay had ended', {
    entryStatus: (response, _terminalBy) => REAL.entryStatus(response, undefined),
  }),
  fault('expires a command before its time', {
    decideOffer: (waiting, agent, now) =>
      waiting.input.kind === 'command' && waiting.input.expiresAt !== undefined
        ? 'expire'
        : REAL.decideOffer(waiting, agent, now),
  }),
  fault('expires what the agent has begun', { acceptExpiry: (stored) => REAL.acceptExpiry(stored, false) }),
  fault('hands over an expired command', {
    decideOffer: (waiting, agent) => REAL.decideOffer(waiting, agent, 0),
  }),
  slip('drops the record with its previews'),
  slip('acknowledges responses beyond the log'),
  slip('says the wrong number in a gap'),

  // --- Requests
  fault('accepts a second decision', {
    acceptInput: (facts, input) =>
      facts.request?.state === 'decided' && facts.stored === undefined ? ACCEPT : REAL.acceptInput(facts, input),
  }),
  fault('accepts a stale digest', {
    acceptInput: (facts, input) =>
      REAL.acceptInput(facts, facts.request === undefined ? input : { ...input, digest: facts.request.digest }),
  }),
  slip('keeps requests in memory only'),

  // --- Readers
  slip('sends no heads'),
  slip('lets rights end without a look'),
  slip('counts a page that skips'),
  fault('reader does not see a gap', { stepSubscriber: believing((entry, cursor) => ({ ...entry, prev: cursor })) }),
  fault('reader applies what it has', { stepSubscriber: applyingTwice }),
  fault('reader ignores a reset', {
    stepSubscriber: changing((input) => {
      if (input.type !== 'subscribed') return input
      const { reset: _reset, ...answer } = input.answer
      return { ...input, answer }
    }),
  }),
  fault('relay ignores the log epoch', {
    decideBeginning(asked, log, pageEntries) {
      const { logEpoch: _logEpoch, ...rest } = asked
      return REAL.decideBeginning(rest, log, pageEntries)
    },
  }),
  fault('relay resets nobody', {
    decideBeginning: (asked, log, pageEntries) => ({
      ...REAL.decideBeginning({ tail: asked.tail, after: undefined }, log, pageEntries),
      ...(asked.after === undefined ? {} : { range: { after: asked.after, limit: pageEntries } }),
      reset: false,
    }),
  }),
  fault('own acknowledgement moves the cursor', { stepSubscriber: skippingOne }),
  fault('chains records over a hole', {
    hear(session, entries) {
      const { heard, final } = REAL.hear(session, entries)
      return { heard, final: final.map((entry) => ({ ...entry, prev: 0 })) }
    },
  }),

  // --- Agents at the relay
  { ...slip('does not fence'), change: (code) => slip('does not fence').change({ ...code, isCurrent: () => true }) },
  fault('a late hello steals the epoch', {
    decideHello: (facts, hello) => REAL.decideHello(facts, { ...hello, connNo: Number.MAX_SAFE_INTEGER }),
  }),
  fault('two agents may serve one project', {
    decideHello: (facts, hello) => REAL.decideHello({ ...facts, ownerOf: () => hello.agentId }, hello),
  }),

  slip('forgets commands that the agent does not hold'),
  slip('agent says nothing of what had ended'),

  // --- The agent
  slip('agent keeps responses in memory'),
  slip('agent acknowledges before the inbox'),
  slip('agent acts before the inbox'),
  slip('agent has no inbox'),
  slip('agent forgets what it sent'),
  slip('agent forgets what began'),
  slip('agent runs again after a crash'),
  slip('agent finishes in two commits'),
  slip('agent reuses its connection number'),
  fault('agent sends the newest first', {
    createDrain: overSpool((store) => ({ ...store, read: newestFirst(store) })),
  }),
  fault('agent forgets what was not acknowledged', { createDrain: overSpool(forgettingAhead) }),
  fault('agent takes a gap for an acknowledgement', { createDrain: trustingGaps }),
  fault('agent never sends again', { createDrain: deafToGaps }),
  fault('agent knows no repeat', {
    freshInputs: (inputs, _isKnown, acceptedAt) => REAL.freshInputs(inputs, () => false, acceptedAt),
  }),
  fault('agent says a second end', {
    endWhatBegan(spool, clock) {
      const begun = REAL.endWhatBegan(spool, clock)
      return begun + REAL.endWhatBegan(spool, clock)
    },
  }),
  fault('agent forgets a cancel that comes early', {
    createSessions(parts) {
      const sessions = REAL.createSessions(parts)
      return { ...sessions, accept: (inputs) => sessions.accept(inputs.filter(({ kind }) => kind !== 'cancel')) }
    },
  }),

  slip('agent keeps changes in memory'),
  fault('agent begins before it has heard what came along', {
    createSessions(parts) {
      const sessions = REAL.createSessions(parts)
      return { ...sessions, accept: (inputs) => inputs.forEach((input) => sessions.accept([input])) }
    },
  }),
  fault('agent drops changes of what waits', {
    createSessions(parts) {
      const sessions = REAL.createSessions(parts)
      return { ...sessions, accept: (inputs) => sessions.accept(inputs.filter(({ kind }) => kind !== 'queue')) }
    },
  }),
  fault('agent is done with a cancel before its command is', {
    createSessions(parts) {
      const sessions = REAL.createSessions(parts)
      return {
        ...sessions,
        accept(inputs) {
          sessions.accept(inputs)
          for (const { kind, inputId } of inputs) if (kind === 'cancel') parts.spool.inbox.finish(inputId)
        },
      }
    },
  }),

  // --- The browser
  slip('browser keeps its outbox in memory'),
  slip('browser forgets what it sent'),
  slip('browser makes a new id for a repeat'),
  fault('browser sends the newest first', {
    dueItems: (items, busy, leads) => REAL.dueItems(items.toReversed(), busy, leads),
  }),
  fault('browser sends all at once', {
    dueItems: (items) => items.filter(({ state }) => state === 'kept').toReversed(),
  }),
  fault('browser gives up at the first refusal', { mayPass: () => false }),
]

type StepSubscriber = Code['stepSubscriber']

function changing(change: (input: SubscriberInput, subscriber: Subscriber) => SubscriberInput): StepSubscriber {
  return (subscriber, input) => REAL.stepSubscriber(subscriber, change(input, subscriber))
}

function believing(change: (entry: Entry, cursor: number) => Entry): StepSubscriber {
  return changing((input, { cursor = 0 }) =>
    input.type === 'entries' ? { ...input, entries: input.entries.map((entry) => change(entry, cursor)) } : input,
  )
}

/** Without the cursor's "duplicate": what comes is applied. */
function applyingTwice(subscriber: Subscriber, input: SubscriberInput): ReturnType<StepSubscriber> {
  const step = REAL.stepSubscriber(subscriber, input)
  if (input.type !== 'entries' || subscriber.phase !== 'live') return step
  const seen = input.entries.filter(({ seq }) => seq <= (subscriber.cursor ?? 0))
  return seen.length === 0 ? step : { ...step, outputs: [{ type: 'apply', entries: seen }, ...step.outputs] }
}

/** A page that brings the reader's own last entry moves the cursor over what it has not got. */
function skippingOne(subscriber: Subscriber, input: SubscriberInput): ReturnType<StepSubscriber> {
  if (input.type !== 'entries' || subscriber.cursor === undefined) return REAL.stepSubscriber(subscriber, input)
  const own = input.entries.findLast(({ kind }) => kind === 'command')
  const step = REAL.stepSubscriber(subscriber, input)
  const cursor = Math.max(step.subscriber.cursor ?? 0, own?.seq ?? 0)
  return { ...step, subscriber: { ...step.subscriber, cursor } }
}

type CreateDrain = Code['createDrain']

function overSpool(change: (store: OutboxStore) => OutboxStore): CreateDrain {
  return (store, onTrouble) => REAL.createDrain(change(store), onTrouble)
}

function newestFirst(store: OutboxStore): OutboxStore['read'] {
  return (sessionId, from, to, maxBytes) => {
    const { responses, bytes } = store.read(sessionId, from, to, maxBytes)
    return { responses: responses.toReversed().map((response, index) => ({ ...response, n: from + index })), bytes }
  }
}

function forgettingAhead(store: OutboxStore): OutboxStore {
  return {
    ...store,
    forget: (sessionId, upTo) => store.forget(sessionId, Math.min(upTo + 1, store.position(sessionId).last)),
  }
}

function trustingGaps(store: OutboxStore, onTrouble: Parameters<CreateDrain>[1]): ReturnType<CreateDrain> {
  const drain = REAL.createDrain(store, onTrouble)
  return {
    ...drain,
    gap(sessionId, lastN) {
      drain.acked(sessionId, lastN)
      drain.gap(sessionId, lastN)
    },
  }
}

function deafToGaps(store: OutboxStore, onTrouble: Parameters<CreateDrain>[1]): ReturnType<CreateDrain> {
  return { ...REAL.createDrain(store, onTrouble), gap: () => {} }
}
