import fc from 'fast-check'
import { promptOf } from './agent/fakeClaude.ts'
import { SESSIONS, uuid } from './ids.ts'
import {
  bootAgent,
  bootBrowser,
  bootRelay,
  cloneAgent,
  crashAgent,
  crashBrowser,
  crashRelay,
  cut,
  deliver,
  dialAgent,
  dialBrowser,
  endRights,
  makeBackup,
  nextId,
  notice,
  restoreBackup,
  rivalHello,
  signOut,
  type World,
} from './world.ts'
import { work } from './working.ts'

/**
 * One thing that happens. `a` and `b` choose among what is there (modulo), so that every schedule is valid and a shorter
 * one is too. What does not apply does nothing.
 */
export type Step = readonly [does: StepName, a: number, b: number]

type Does = (world: World, a: number, b: number) => void

const SECOND_MS = 1_000
const HALF_A_SECOND_MS = 500
/** Short enough to run out in a schedule. */
const EXPIRES_IN_MS = 2_000

const STEPS = {
  deliver: (world, a) => void deliver(world, a),
  relay: (world, a) => void world.relay?.work(a % 3 === 0),
  agent: (world, a) => void (world.agents[a % world.agents.length]?.process?.work() ?? false),
  'agent commits': (world, a) => void (world.agents[a % world.agents.length]?.process?.commit() ?? false),
  claude: (world, a, b) => void (world.agents[b % world.agents.length]?.process?.claude(a) ?? false),
  'browser keeps': (world, a) => void browserOf(world, a)?.process?.work(),
  'goes on': (world, a) => {
    for (let round = 0; round <= a % 3; round += 1) work(world)
  },
  type: (world, a, b) => type(world, a, b),
  cancel: (world, a, b) => cancel(world, a, b),
  arrange: (world, a, b) => arrange(world, a, b),
  decide: (world, a, b) => {
    decide(world, a, b)
    if (a % 4 >= 2) decide(world, a + 1, b)
  },
  dial: (world, a) => {
    for (const slot of world.agents) if (a % 4 !== 3) dialAgent(world, slot)
    for (const slot of world.browsers) if (a % 4 !== slot.no) dialBrowser(world, slot)
  },
  cut: (world, a, b) => cut(world, a, (['here', 'both', 'here', 'there'] as const)[b % 4] ?? 'both'),
  notice: (world, a) => void notice(world, a),
  crash: (world, a, b) => crash(world, a, b),
  boot: (world, a) => boot(world, a),
  'signs out': (world, a, b) => {
    const slot = browserOf(world, a)
    if (slot !== undefined) signOut(world, slot, b % 2 === 0)
  },
  'signs in': (world) => {
    for (const slot of world.browsers) slot.signedOut = false
  },
  tick: (world, a) => {
    world.now += HALF_A_SECOND_MS
    endRights(world)
    world.now += HALF_A_SECOND_MS + SECOND_MS * (a % 3)
    for (const { process } of world.browsers) process?.retry()
    world.relay?.retry()
  },
  heads: (world) => world.relay?.publishing.sendHeads(),
  expire: (world) => world.relay?.expire(),
  compact: (world) => world.relay?.compact(),
  'commits fail': (world, a) => world.relay?.failCommits(1 + (a % 3)),
  'relay waits long': (world, a) => void world.relay?.timeOut(a),
  'browser waits long': (world, a, b) => void browserOf(world, b)?.process?.timeOut(a),
  'reads slowly': (world, a) => {
    const { link } = world.browserLinks[a % Math.max(1, world.browserLinks.length)] ?? {}
    if (link?.there === true) world.relay?.publishing.setAside(link)
  },
  'reads again': (world) => {
    for (const { link } of world.browserLinks) world.relay?.publishing.takeBack(link)
  },
  lose: (world, a) => lose(world, a),
  repeat: (world, a, b) => repeat(world, a, b),
  rival: (world) => rivalHello(world),
  backup: (world) => makeBackup(world),
  restore: (world) => restoreBackup(world),
  clone: (world) => cloneAgent(world),
} satisfies Record<string, Does>

export type StepName = keyof typeof STEPS

export function perform(world: World, [does, a, b]: Step): void {
  world.truth.steps += 1
  STEPS[does](world, a, b)
}

// --- What people do -------------------------------------------------------------------------------------------------

function browserOf(world: World, pick: number): World['browsers'][number] | undefined {
  return world.browsers[pick % world.browsers.length]
}

function type(world: World, a: number, b: number): void {
  const sessionId = SESSIONS[b % 7 === 6 ? 1 : 0] ?? ''
  const prompt = promptOf({ lines: b % 4, asks: a % 4 >= 2 })
  const expiresAt = b % 5 === 3 ? world.now + EXPIRES_IN_MS : undefined
  browserOf(world, a)?.process?.type({ commandId: uuid('c', nextId(world)), sessionId, prompt, expiresAt })
}

/** Somebody cancels a command that they see or have just typed. */
function cancel(world: World, a: number, b: number): void {
  const known = [...world.truth.typed.values()].flat()
  const command = known[known.length - 1 - (a % Math.max(1, Math.min(3, known.length)))]
  if (command === undefined) return
  const { commandId, sessionId } = command
  const data = JSON.stringify({ commandId })
  const input = { inputId: uuid('e', nextId(world)), kind: 'cancel', data, key: commandId, digest: undefined } as const
  browserOf(world, b)?.process?.input(sessionId, input)
}

const CHANGES = ['edit', 'withdraw', 'edit', 'move', 'edit', 'send_now'] as const

/** Somebody changes a command that waits, or that they believe to wait (CMD6). */
function arrange(world: World, a: number, b: number): void {
  const known = [...world.truth.typed.values()].flat()
  const command = known[known.length - 1 - (a % Math.max(1, Math.min(4, known.length)))]
  if (command === undefined) return
  const { commandId, sessionId } = command
  const action = CHANGES[b % CHANGES.length] ?? 'edit'
  const before = known[a % known.length]?.commandId
  const more =
    action === 'edit'
      ? { command: promptOf({ lines: a % 4, asks: false }) }
      : action === 'move' && a % 2 === 0 && before !== undefined && before !== commandId
        ? { before }
        : {}
  const data = JSON.stringify({ action, commandId, ...more })
  const input = { inputId: uuid('e', nextId(world)), kind: 'queue', data, key: commandId, digest: undefined } as const
  browserOf(world, b >> 2)?.process?.input(sessionId, input)
}

/** Somebody answers a request that they see; now and then about an input that is not the one that waits. */
function decide(world: World, a: number, b: number): void {
  const browser = browserOf(world, a)
  const seen = browser?.process?.readings.flatMap(({ applied }) => applied) ?? []
  const over = new Set(seen.flatMap(({ kind, key }) => (kind === 'request_resolved' ? [key] : [])))
  const open = seen.filter(({ kind, key }) => kind === 'request' && !over.has(key))
  const request = open[open.length - 1 - (b % Math.max(1, open.length))]
  if (request?.key === undefined || request.digest === undefined) return
  const stale = b % 3 === 2
  const digest = stale ? `0${request.digest.slice(1)}` : request.digest
  const behavior = a % 3 === 2 ? 'deny' : 'allow'
  const data = JSON.stringify({ requestId: request.key, digest, behavior })
  const input = { inputId: uuid('e', nextId(world)), kind: 'decision', data, key: request.key, digest } as const
  browser?.process?.input(request.sessionId, input)
}

// --- What goes wrong ------------------------------------------------------------------------------------------------

function crash(world: World, a: number, b: number): void {
  const agent = world.agents[b % world.agents.length]
  const browser = browserOf(world, b)
  if (a % 4 === 0) crashRelay(world)
  else if (a % 4 < 3 && agent !== undefined) crashAgent(world, agent)
  else if (browser !== undefined) crashBrowser(world, browser)
}

function boot(world: World, a: number): void {
  if (a % 3 === 0) bootRelay(world)
  else if (a % 3 === 1) for (const slot of world.agents) bootAgent(world, slot)
  else for (const slot of world.browsers) bootBrowser(world, slot)
}

/** A publication is lost on its way although its link lives. */
function lose(world: World, a: number): void {
  const { link } = world.browserLinks[a % Math.max(1, world.browserLinks.length)] ?? {}
  const index = link?.down.findIndex(({ type: kind }) => kind === 'entries') ?? -1
  if (index >= 0) link?.down.splice(index, 1)
}

/** A message arrives twice, as a retried poll may bring it. A hello is not repeated on one connection. */
function repeat(world: World, a: number, b: number): void {
  const one = [...world.agentLinks, ...world.browserLinks][
    a % Math.max(1, world.agentLinks.length + world.browserLinks.length)
  ]
  if (one === undefined) return
  const queue: { type: string }[] = b % 2 === 0 ? one.link.up : one.link.down
  const [first] = queue
  if (first !== undefined && first.type !== 'hello') queue.unshift(first)
}

// --- Schedules ------------------------------------------------------------------------------------------------------

/** How often each comes. A clone and a restore leave weaker promises, so they are rare. */
const WEIGHTS: Record<StepName, number> = {
  deliver: 24,
  relay: 16,
  agent: 4,
  'agent commits': 6,
  claude: 8,
  'browser keeps': 5,
  'goes on': 8,
  type: 9,
  cancel: 4,
  arrange: 7,
  decide: 7,
  dial: 8,
  cut: 5,
  notice: 2,
  crash: 6,
  boot: 8,
  'signs out': 1,
  'signs in': 2,
  tick: 4,
  heads: 1,
  expire: 1.5,
  compact: 1.5,
  'commits fail': 2,
  'relay waits long': 1,
  'browser waits long': 1,
  'reads slowly': 1.5,
  'reads again': 1,
  lose: 2,
  repeat: 3,
  rival: 0.3,
  backup: 1,
  restore: 1,
  clone: 0.1,
}
const CHOICES = 16
export const MAX_STEPS = 80

/** Weights are whole numbers for fast-check. */
const WHOLE = 10

export const schedules: fc.Arbitrary<Step[]> = fc.array(
  fc.tuple(
    fc.oneof(
      ...(Object.keys(STEPS) as StepName[]).map((name) => ({
        weight: WEIGHTS[name] * WHOLE,
        arbitrary: fc.constant(name),
      })),
    ),
    fc.nat(CHOICES - 1),
    fc.nat(CHOICES - 1),
  ),
  { minLength: 1, maxLength: MAX_STEPS, size: 'max' },
)
