import { createAgent, helloOf, type Agent } from './agent/agent.ts'
import { copyDisk, newDisk, type Disk } from './agent/disk.ts'
import { createBrowser, type Browser, type BrowserDisk, type Reader } from './browser/browser.ts'
import type { Code } from './code.ts'
import { AGENT, PROJECT, RIVAL, SESSIONS } from './ids.ts'
import { isDead, openLink, takeDown, takeUp, type AgentLink, type BrowserLink } from './links.ts'
import { createRelay, type Relay } from './relay/relay.ts'
import { copyTables, newTables, type Tables } from './relay/tables.ts'
import { newTruth, type Truth } from './truth.ts'

/** One relay, one agent (or two with one identity), two browsers, and the links between them. */
export type World = {
  code: Code
  truth: Truth
  now: number
  relay: Relay | undefined
  tables: Tables
  backup: Tables | undefined
  /** What a crash leaves behind where the disk did not write through; a fault. */
  unwritten: Tables | undefined
  agents: AgentSlot[]
  browsers: BrowserSlot[]
  /** Links in the order of their opening; dead ones are taken out. */
  agentLinks: { link: AgentLink; agent: AgentSlot | undefined }[]
  browserLinks: { link: BrowserLink; browser: BrowserSlot }[]
  ids: number
}

export type AgentSlot = { no: number; disk: Disk; process: Agent | undefined }
export type BrowserSlot = { no: number; disk: BrowserDisk; process: Browser | undefined; signedOut: boolean }

const START_AT = 1_700_000_000_000

/** What each browser reads: everything, or the records alone, from the start or from the end. */
const READERS: readonly (readonly Reader[])[] = [
  [
    { sessionId: SESSIONS[0] ?? '', detail: 'full', start: {} },
    { sessionId: SESSIONS[1] ?? '', detail: 'final', start: {} },
  ],
  [{ sessionId: SESSIONS[0] ?? '', detail: 'final', start: { tail: 3 } }],
]

/** Everybody is up, nobody is connected; the relay knows the project from an earlier day. */
export function newWorld(code: Code): World {
  const world: World = {
    code,
    truth: newTruth(),
    now: START_AT,
    relay: undefined,
    tables: newTables('log 1'),
    backup: undefined,
    unwritten: undefined,
    agents: [{ no: 0, disk: newDisk(), process: undefined }],
    browsers: READERS.map((_, no) => ({ no, disk: new Map(), process: undefined, signedOut: false })),
    agentLinks: [],
    browserLinks: [],
    ids: 0,
  }
  world.tables.projects.set(PROJECT, AGENT)
  bootAll(world)
  return world
}

export function nextId(world: World): number {
  world.ids += 1
  return world.ids
}

// --- Processes ------------------------------------------------------------------------------------------------------

export function bootAll(world: World): void {
  bootRelay(world)
  for (const slot of world.agents) bootAgent(world, slot)
  for (const slot of world.browsers) bootBrowser(world, slot)
}

function clockOf(world: World): { now(): number } {
  return { now: () => world.now }
}

export function bootRelay(world: World): void {
  if (world.relay !== undefined) return
  const { code, tables, truth } = world
  const beforeCommit = (): void => {
    if (code.slips.has('commits without reaching the disk')) world.unwritten = copyTables(tables)
  }
  world.relay = createRelay({ code, tables, clock: clockOf(world), truth, beforeCommit })
}

export function crashRelay(world: World): void {
  if (world.relay === undefined) return
  world.relay = undefined
  if (world.unwritten !== undefined) world.tables = world.unwritten
  world.unwritten = undefined
  for (const { link } of [...world.agentLinks, ...world.browserLinks]) link.there = false
}

export function bootAgent(world: World, slot: AgentSlot): void {
  if (slot.process !== undefined) return
  const { code, truth } = world
  const relayHas = (sessionId: string): number => world.tables.sessions.get(sessionId)?.lastN ?? 0
  slot.process = createAgent({ code, disk: slot.disk, clock: clockOf(world), truth, relayHas })
}

export function crashAgent(world: World, slot: AgentSlot): void {
  slot.process = undefined
  for (const { link, agent } of world.agentLinks) if (agent === slot) link.here = false
}

export function bootBrowser(world: World, slot: BrowserSlot): void {
  if (slot.process !== undefined) return
  const { code, truth } = world
  const readers = READERS[slot.no] ?? []
  slot.process = createBrowser({ no: slot.no, code, disk: slot.disk, truth, readers })
}

export function crashBrowser(world: World, slot: BrowserSlot): void {
  slot.process = undefined
  for (const { link, browser } of world.browserLinks) if (browser === slot) link.here = false
}

/** A copy of the agent's directory is started beside it. */
export function cloneAgent(world: World): void {
  const [first] = world.agents
  if (first === undefined || world.agents.length > 1) return
  world.truth.cloned = true
  const slot: AgentSlot = { no: 1, disk: copyDisk(first.disk), process: undefined }
  world.agents.push(slot)
  bootAgent(world, slot)
}

export function makeBackup(world: World): void {
  world.backup = copyTables(world.tables)
}

/** The relay's directory is replaced by an older copy, which is another log. */
export function restoreBackup(world: World): void {
  if (world.backup === undefined) return
  crashRelay(world)
  world.truth.restored = true
  const logEpoch = `log ${nextId(world) + 1}`
  world.tables = { ...copyTables(world.backup), logEpoch }
  world.backup = undefined
}

// --- Links ----------------------------------------------------------------------------------------------------------

export function dialBrowser(world: World, slot: BrowserSlot): boolean {
  if (slot.signedOut || slot.process?.link() !== undefined) return false
  if (slot.process === undefined || world.relay === undefined) return false
  const link = slot.process.dial(nextId(world))
  world.browserLinks.push({ link, browser: slot })
  return true
}

export function dialAgent(world: World, slot: AgentSlot): boolean {
  const { process } = slot
  if (process === undefined || process.gaveUp() || world.relay === undefined) return false
  if (process.link() !== undefined) return false
  world.agentLinks.push({ link: process.dial(nextId(world)), agent: slot })
  return true
}

/** A person's sign-in is ended, at this relay or behind its back. They may sign in again. */
export function signOut(world: World, slot: BrowserSlot, here: boolean): void {
  slot.signedOut = true
  for (const { link, browser } of world.browserLinks) if (browser === slot) link.endedAt ??= world.now
  if (here) endRights(world)
}

/** CON6: the relay looks at the rights of all connections, and ends those that have none any more. */
export function endRights({ relay, browserLinks, code }: World): void {
  if (relay === undefined || code.slips.has('lets rights end without a look')) return
  for (const { link } of browserLinks) {
    if (link.endedAt === undefined || !link.there) continue
    link.down.push({ type: 'goodbye' })
    link.there = false
    relay.lostBrowser(link)
  }
}

/** Another agent says that it serves the same project. Nobody hears the answer. */
export function rivalHello(world: World): void {
  if (world.relay === undefined) return
  const link: AgentLink = openLink(nextId(world))
  link.here = false
  link.up.push({ type: 'hello', hello: helloOf(link.no, [], [], RIVAL) })
  world.agentLinks.push({ link, agent: undefined })
}

/** Delivers one message of one link in one direction. Answers whether there was one. */
export function deliver(world: World, pick: number): boolean {
  const busy = [
    ...world.agentLinks.flatMap((one) => [
      ...(one.link.up.length > 0 ? [() => agentUp(world, one.link)] : []),
      ...(one.link.down.length > 0 ? [() => agentDown(one)] : []),
    ]),
    ...world.browserLinks.flatMap((one) => [
      ...(one.link.up.length > 0 ? [() => browserUp(world, one)] : []),
      ...(one.link.down.length > 0 ? [() => browserDown(one)] : []),
    ]),
  ]
  const act = busy[pick % Math.max(1, busy.length)]
  act?.()
  return act !== undefined
}

function agentUp(world: World, link: AgentLink): void {
  const said = takeUp(link)
  if (said !== undefined) world.relay?.hearAgent(link, said)
}

function agentDown({ link, agent }: World['agentLinks'][number]): void {
  const said = takeDown(link)
  if (said !== undefined) agent?.process?.hear(link, said)
}

function browserUp(world: World, { link, browser }: World['browserLinks'][number]): void {
  const said = takeUp(link)
  if (said !== undefined) world.relay?.hearBrowser(link, browser.no, said)
}

function browserDown({ link, browser }: World['browserLinks'][number]): void {
  const said = takeDown(link)
  if (said !== undefined) browser.process?.hear(link, said)
}

export type Ends = 'both' | 'here' | 'there'

/** Ends what one or both ends believe of a link. What an end sent before goes on arriving at the other. */
export function cut(world: World, pick: number, ends: Ends): void {
  const all = [...world.agentLinks, ...world.browserLinks].filter(({ link }) => link.here && link.there)
  const one = all[pick % Math.max(1, all.length)]
  if (one === undefined) return
  if (ends !== 'here') endThere(world, one)
  if (ends !== 'there') endHere(one)
}

/** The end that still believes in a link learns that it is gone. */
export function notice(world: World, pick: number): boolean {
  const half = [...world.agentLinks, ...world.browserLinks].filter(({ link }) => link.here !== link.there)
  const one = half[pick % Math.max(1, half.length)]
  if (one === undefined) return false
  if (one.link.there) endThere(world, one)
  else endHere(one)
  forgetDead(world)
  return true
}

type AnyLink = World['agentLinks'][number] | World['browserLinks'][number]

function endHere(one: AnyLink): void {
  if ('browser' in one) one.browser.process?.lost(one.link)
  else one.agent?.process?.lost(one.link)
  one.link.here = false
}

function endThere(world: World, one: AnyLink): void {
  one.link.there = false
  if ('browser' in one) world.relay?.lostBrowser(one.link)
  else world.relay?.lostAgent(one.link)
}

function forgetDead(world: World): void {
  world.agentLinks = world.agentLinks.filter(({ link }) => !isDead(link))
  world.browserLinks = world.browserLinks.filter(({ link }) => !isDead(link))
}
