import { randomBytes } from 'node:crypto'
import { delimiter, resolve } from 'node:path'
import { announcement, readLoginLink } from './announce.ts'
import { openDemo } from './demo.ts'
import { waitForHealth } from './health.ts'
import type { Options } from './options.ts'
import { startPart } from './part.ts'
import { localUrl, planParts, type PartName, type PartPlan, type Setup } from './parts.ts'
import { claimPort } from './port.ts'
import { sweep } from './sweep.ts'
import { buildWebApp, isWebAppStale } from './webApp.ts'

export type Surroundings = {
  root: string
  /** Where the person called npm. */
  calledIn: string
  env: NodeJS.ProcessEnv
  print(text: string): void
  /** Ends everything in order. */
  stop: AbortSignal
  /** Ends everything at once. */
  kill: AbortSignal
}

const SERVER_READY_MS = 30_000
/** A server that answers has printed its link, unless it is one that prints none. */
const LINK_MS = 5_000
/** The link is worth showing even when the agent takes its time. */
const AGENT_READY_MS = 15_000
const AGENT_TOKEN_BYTES = 32
const MARKER_BYTES = 8

/**
 * Starts all parts, says where to go, and waits for the end. Resolves when no part is left: with undefined when it was
 * asked to stop, otherwise with what went wrong. Rejects (a UsageError among others) when it cannot start.
 */
export async function run(options: Options, surroundings: Surroundings): Promise<string | undefined> {
  const { root, stop, print } = surroundings
  const undos: Undo[] = []
  try {
    const port = await claimPort(options.host, options.port)
    const demo = options.mode === 'demo' ? await openDemo(surroundings.env, stop) : undefined
    if (demo) undos.push(demo.close)
    const env = demo?.env ?? surroundings.env
    if (options.mode !== 'dev' && (await isWebAppStale(root))) {
      print('Building the web page …\n')
      await buildWebApp(root, surroundings.env, stop)
    }
    stop.throwIfAborted()
    const projects = demo ? [demo.project] : chooseProjects(options, surroundings)
    const marker = randomBytes(MARKER_BYTES).toString('hex')
    undos.push(() => sweep(marker))
    const agentToken = env.AGENT_TOKEN || `fha_${randomBytes(AGENT_TOKEN_BYTES).toString('base64url')}`
    return await runParts({ ...options, root, port, projects, agentToken, marker, env }, surroundings, undos)
  } catch (error) {
    if (stop.aborted) return undefined
    throw error
  } finally {
    for (const undo of undos.reverse()) await undo()
  }
}

type Undo = () => Promise<void>

async function runParts(setup: Setup, surroundings: Surroundings, undos: Undo[]): Promise<string | undefined> {
  const { print, stop, kill } = surroundings
  const said = listen(print)
  const died = Promise.withResolvers<string>()
  const over = new AbortController()
  const end = Promise.race([aborted(stop), died.promise]).finally(() => over.abort())
  const start = (plan: PartPlan): void => {
    const part = startPart({ ...plan, onLine: (line) => said.take(plan.name, line) })
    undos.push(() => part.stop())
    kill.addEventListener('abort', () => part.kill())
    // It never rejects, and only the first death counts.
    void part.ended.then((how) => died.resolve(`The ${plan.name} ${how}, so everything was stopped.`))
  }
  const [server, ...others] = planParts(setup)
  start(server)
  const ready = waitForHealth(localUrl(setup), SERVER_READY_MS, over.signal).then(async () => {
    over.signal.throwIfAborted()
    others.forEach(start)
    const link = await Promise.race([said.link, delay(LINK_MS, over.signal)])
    await Promise.race([said.agentIsUp, delay(AGENT_READY_MS, over.signal)])
    if (!over.signal.aborted) print(announcement(setup.mode, link ?? localUrl(setup), setup.projects))
  })
  await Promise.race([ready, end])
  return end
}

/** What is said by a person wins over what is set; without either it is the directory where npm was called. */
function chooseProjects(options: Options, { calledIn, env }: Surroundings): string[] {
  const set = (env.PROJECTS ?? '').split(delimiter).filter((project) => project !== '')
  const named = options.projects.length > 0 ? options.projects : set
  return named.length > 0 ? named.map((project) => resolve(calledIn, project)) : [calledIn]
}

/** Passes on what the parts say, but keeps the first link until all are up; a server that reloads makes another. */
function listen(print: (text: string) => void) {
  const link = Promise.withResolvers<string>()
  const agent = Promise.withResolvers<undefined>()
  let linked = false
  return {
    link: link.promise,
    agentIsUp: agent.promise,
    take(name: PartName, line: string): void {
      const found = name === 'server' && !linked ? readLoginLink(line) : undefined
      if (name === 'agent' && AGENT_IS_UP.test(line)) agent.resolve(undefined)
      if (found !== undefined) {
        linked = true
        link.resolve(found)
      } else if (line.trim() !== '') print(`[${name}] ${line}\n`)
    },
  }
}

const AGENT_IS_UP = /\bconnected to\b/i

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((done) => {
    if (signal.aborted) done(undefined)
    else signal.addEventListener('abort', () => done(undefined), { once: true })
  })
}

/** Resolves after a time, or when aborted. */
function delay(ms: number, signal: AbortSignal): Promise<undefined> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms, undefined)
    signal.addEventListener('abort', () => (clearTimeout(timer), done(undefined)), { once: true })
  })
}
