import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { execa } from 'execa'
import { CHROMIUM_NAMES, decide, type Need } from './decide.ts'

export type Provisioned = { type: 'ready'; chromium: string } | { type: 'missing'; advice: string }

type Surroundings = { env: NodeJS.ProcessEnv; print(text: string): void }

const APT_GET = '/usr/bin/apt-get'
const APT_TIMEOUT_MS = 5 * 60_000
const PROBE_TIMEOUT_MS = 30_000

/** Finds Chromium, git and Claude Code; installs the first two where it may. Never passes over one in silence. */
export async function provision(surroundings: Surroundings): Promise<Provisioned> {
  const claude = await answers(claudePath(surroundings.env) ?? '')
  if (claude === undefined) return { type: 'missing', advice: NO_CLAUDE }
  let chromium = await findChromium(surroundings.env)
  const needs: Need[] = []
  if (chromium === undefined) needs.push('chromium')
  if ((await answers('git')) === undefined) needs.push('git')
  const decision = decide(needs, {
    isRoot: process.getuid?.() === 0,
    hasApt: existsSync(APT_GET),
    chromiumPath: surroundings.env.CHROMIUM_PATH,
    platform: process.platform,
  })
  if (decision.type === 'advise') return { type: 'missing', advice: decision.advice }
  if (decision.type === 'install') {
    surroundings.print(`Installing ${needs.join(' and ')} …`)
    for (const command of decision.commands) {
      const problem = await runCommand(command, surroundings.env)
      if (problem !== undefined) return { type: 'missing', advice: problem }
    }
    chromium = await findChromium(surroundings.env)
  }
  if (chromium === undefined)
    return { type: 'missing', advice: 'Chromium was installed, but it does not run: try `chromium --version`.' }
  surroundings.print(`${chromium.version} · Claude Code ${claude}`)
  return { type: 'ready', chromium: chromium.path }
}

const NO_CLAUDE =
  'Claude Code, which `npm install` brings as an optional package for this platform, does not run: ' +
  'run `npm install` without --omit=optional, or set CLAUDE_PATH to one that does.'

/** Where CLAUDE_PATH says, else the one that the SDK brings. Undefined where there is none for this platform. */
export function claudePath(env: NodeJS.ProcessEnv): string | undefined {
  if (env.CLAUDE_PATH) return env.CLAUDE_PATH
  const sdk = createRequire(import.meta.url).resolve('@anthropic-ai/claude-agent-sdk')
  const name = process.platform === 'win32' ? 'claude.exe' : 'claude'
  const packages = [`${process.platform}-${process.arch}`, `${process.platform}-${process.arch}-musl`]
  return packages.map((each) => join(sdk, `../../claude-agent-sdk-${each}`, name)).find((path) => existsSync(path))
}

/** A path counts only when the program behind it answers: Ubuntu's chromium-browser may be an empty shell. */
async function findChromium(env: NodeJS.ProcessEnv): Promise<{ path: string; version: string } | undefined> {
  const folders = ['/usr/bin', ...(env.PATH ?? '').split(delimiter)]
  const candidates = env.CHROMIUM_PATH
    ? [env.CHROMIUM_PATH]
    : [...CHROMIUM_NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), MAC_CHROME].filter((path) =>
        existsSync(path),
      )
  for (const path of candidates) {
    const version = await answers(path)
    if (version !== undefined) return { path, version }
  }
  return undefined
}

const MAC_CHROME = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'

/** What the program says to `--version`, or undefined when it does not run. */
async function answers(program: string): Promise<string | undefined> {
  if (program === '') return undefined
  const result = await execa(program, ['--version'], { reject: false, timeout: PROBE_TIMEOUT_MS, stdin: 'ignore' })
  return result.exitCode === 0 ? result.stdout.trim() : undefined
}

/** Undefined when it worked, otherwise the problem in words. */
async function runCommand(command: readonly string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const [program = '', ...args] = command
  const result = await execa(program, args, {
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'inherit', 'inherit'],
    reject: false,
    timeout: APT_TIMEOUT_MS,
  })
  return result.exitCode === 0
    ? undefined
    : `\`${command.join(' ')}\` failed; run it yourself to see why, then try again.`
}
