import { bootAll, deliver, dialAgent, dialBrowser, endRights, notice, type World } from './world.ts'
import { uuid } from './ids.ts'

/** Everything that can be done by itself, once around. Answers whether anything was done. */
export function work(world: World): boolean {
  const { relay, agents, browsers } = world
  let done = false
  const act = (did: boolean | undefined): void => {
    done ||= did === true
  }
  const links = world.agentLinks.length + world.browserLinks.length
  for (let pick = 0; pick < 2 * links; pick += 1) act(deliver(world, pick))
  for (const { process } of browsers) act(process?.work())
  for (let times = 0; times < MAX_WORK && relay?.work(false) === true; times += 1) done = true
  for (const { process } of agents) {
    for (let times = 0; times < MAX_WORK && process?.work() === true; times += 1) done = true
    act(process?.commit())
    act(process?.claude(0))
    act(process?.claude(1))
  }
  return done
}

/** Everybody dials and is greeted. */
export function connectAll(world: World): boolean {
  for (const slot of world.agents) dialAgent(world, slot)
  for (const slot of world.browsers) dialBrowser(world, slot)
  return workOff(world)
}

const ROUND_MS = 11_000
const MAX_ROUNDS = 60
/** More than any healthy round takes; what is left then goes in circles. */
const MAX_WORK = 2_000
/** So many rounds in which nothing changes are quiet. */
const QUIET_ROUNDS = 3
/** Two sessions, two lanes each. */
const OFFERS_AT_ONCE = 4

/** All faults end and all timers run, until nothing changes any more. Answers whether that came about. */
export function heal(world: World): boolean {
  let quiet = 0
  let before = ''
  for (let round = 0; round < MAX_ROUNDS && quiet < QUIET_ROUNDS; round += 1) {
    world.now += ROUND_MS
    bootAll(world)
    for (const slot of world.browsers) slot.signedOut = false
    endRights(world)
    if (!workOff(world)) return false
    while (notice(world, 0)) if (!workOff(world)) return false
    if (!connectAll(world)) return false
    runTimers(world)
    answerRequests(world)
    if (!workOff(world)) return false
    const now = fingerprint(world)
    quiet = now === before ? quiet + 1 : 0
    before = now
  }
  return quiet >= QUIET_ROUNDS
}

function workOff(world: World): boolean {
  for (let times = 0; times < MAX_WORK; times += 1) if (!work(world)) return true
  return false
}

function runTimers(world: World): void {
  const { relay } = world
  for (const { link } of world.browserLinks) relay?.publishing.takeBack(link)
  for (const { process } of world.browsers) while (process?.timeOut(0) === true);
  for (let pick = 0; pick < OFFERS_AT_ONCE; pick += 1) relay?.timeOut(pick)
  for (const { process } of world.browsers) process?.retry()
  relay?.retry()
  relay?.expire()
  relay?.publishing.sendHeads()
}

/** A person comes by and allows what waits. */
function answerRequests(world: World): void {
  for (const { state, sessionId, key, digest } of world.tables.requests.values()) {
    if (state !== 'open' || digest === undefined) continue
    world.ids += 1
    const data = JSON.stringify({ requestId: key, digest, behavior: 'allow' })
    const input = { inputId: uuid('e', world.ids), kind: 'decision', data, key, digest } as const
    world.browsers[0]?.process?.input(sessionId, input)
  }
}

function fingerprint({ tables, agents, browsers }: World): string {
  return JSON.stringify([
    [...tables.sessions.values()].map(({ head, lastN, running, attention }) => [head, lastN, running, attention]),
    [...tables.inputs.values()].map(({ delivered }) => delivered),
    agents.map(({ disk }) => [[...disk.positions.values()], [...disk.inbox.values()].map(({ state }) => state)]),
    browsers.map(({ disk, process }) => [
      disk.size,
      process?.readings.map(({ subscriber }) => [subscriber.phase, subscriber.cursor]),
    ]),
  ])
}
