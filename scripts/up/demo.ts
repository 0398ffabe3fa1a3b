import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { readSpeed, startModel } from '../model/model.ts'

/** A place to play: a project, a scripted model and somewhere for all state, gone when closed. */
export type Demo = {
  project: string
  /** The environment of the server and the agent: nothing of it leads to a person's own account or files. */
  env: NodeJS.ProcessEnv
  close(): Promise<void>
}

/** Rejects, with nothing left behind, when it cannot be made. */
export async function openDemo(env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Demo> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'farhand-demo-')))
  const undos = [() => removeFolder(folder)]
  const close = async (): Promise<void> => {
    for (const undo of undos.splice(0).reverse()) await undo()
  }
  try {
    const project = join(folder, 'greeter')
    await writeProject(project, signal)
    await mkdir(join(folder, 'home'))
    const model = await startModel({ speed: readSpeed(env) })
    undos.push(() => model.close())
    signal.throwIfAborted()
    return { project, env: demoEnvironment(env, folder, model.url), close }
  } catch (error) {
    await close()
    throw error
  }
}

export function demoEnvironment(env: NodeJS.ProcessEnv, folder: string, modelUrl: string): NodeJS.ProcessEnv {
  const home = join(folder, 'home')
  const noProxy = [env.NO_PROXY ?? env.no_proxy, '127.0.0.1', 'localhost'].filter(Boolean).join(',')
  return {
    ...blankOut(env),
    HOME: home,
    USERPROFILE: home,
    CLAUDE_CONFIG_DIR: join(home, '.claude'),
    DATA_DIR: join(folder, 'data'),
    AGENT_DIR: join(folder, 'agent'),
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: 'scripted',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    NO_PROXY: noProxy,
    no_proxy: noProxy,
  }
}

/** Empty rather than absent: the parts read `.env` too, which fills in only what is absent. */
function blankOut(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, PERSONAL.test(name) ? '' : value]))
}

/**
 * What would lead Claude Code to a person's account or settings, the server to another store, and who opens the demo's link to
 * another server; and what somebody allowed or limited for work that is none of the demo's.
 */
const PERSONAL = new RegExp(
  `^(${[
    'ANTHROPIC_.*',
    'CLAUDE(?!_PATH$).*',
    'XDG_\\w+_HOME',
    'DATABASE_URL|REDIS_URL|ATTACHMENTS_DIR|PUBLIC_URL|ALLOWED_ORIGINS|OWNER_TOKEN',
    'PROJECTS|SERVER_URL|AGENT_NAME|PASS_ENV|ALLOW_BYPASS|ACP_COMMAND',
    '(SESSION|PROJECT)_BUDGET_\\w+',
  ].join('|')})$`,
)

/** Writers may still be at it when their group was ended by force. */
const REMOVE_RETRIES = 10

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: REMOVE_RETRIES })
}

async function writeProject(project: string, signal: AbortSignal): Promise<void> {
  for (const [name, text] of Object.entries(PROJECT_FILES)) {
    const file = join(project, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
  const git = execa({ cwd: project, cancelSignal: signal, stdin: 'ignore' })
  await git`git init --quiet --initial-branch=main`
  await git`git config user.name Demo`
  await git`git config user.email demo@example.invalid`
  await git`git config commit.gpgsign false`
  await git`git add --all`
  await git('git', ['commit', '--quiet', '--no-verify', '--message', 'Greet'])
}

const PROJECT_FILES = {
  'package.json': `${JSON.stringify({ name: 'greeter', private: true, type: 'module', scripts: { test: 'node --test' } }, null, 2)}\n`,
  'greeting.mjs': `/** Greets a person by name. */
export function greet(name) {
  return \`Hello, \${name}!\`
}
`,
  'greeting.test.mjs': `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { greet } from './greeting.mjs'

test('greets by name', () => {
  assert.match(greet('Ada'), /Ada/)
})

test('ends with an exclamation mark', () => {
  assert.ok(greet('Ada').endsWith('!'))
})
`,
  'README.md': `# Greeter

A tiny project to play with: \`greeting.mjs\` greets, \`npm test\` checks that it does.
It lives in a temporary directory and is removed when the demo ends.
`,
}
