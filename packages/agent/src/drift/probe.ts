import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { query } from '@anthropic-ai/claude-agent-sdk'
import { startProcess, type ClaudeProcess } from '../claude/process.ts'
import { openPrompts } from '../claude/prompts.ts'
import { startProbeModel } from './probeModel.ts'
import { shapesOf, type Shapes } from './shapes.ts'

const PROBE_MS = 60_000

/**
 * Has one short conversation with the installed Claude Code, and says what its messages look like. The model is a scripted one
 * on this machine: no account is used, nothing leaves the machine, and the home directory and the project are temporary ones.
 * Rejects where the conversation does not come to its end.
 */
export async function probeClaude(program: {
  executable: string
  path: string
  marker: string
  id: string
}): Promise<Shapes> {
  const home = await realpath(await mkdtemp(join(tmpdir(), 'farhand-probe-')))
  const model = await startProbeModel(home)
  try {
    return shapesOf(await converse(program, home, model.url))
  } finally {
    await model.close()
    await rm(home, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function converse(
  { executable, path, marker, id }: { executable: string; path: string; marker: string; id: string },
  home: string,
  url: string,
): Promise<unknown[]> {
  const prompts = openPrompts()
  let claude: ClaudeProcess | undefined
  const conversation = query({
    prompt: prompts.messages,
    options: {
      pathToClaudeCodeExecutable: executable,
      cwd: home,
      env: environment(home, path, url),
      includePartialMessages: true,
      permissionMode: 'acceptEdits',
      settingSources: [],
      enableFileCheckpointing: true,
      canUseTool: (_tool, input) => Promise.resolve({ behavior: 'allow', updatedInput: input }),
      spawnClaudeCodeProcess(options) {
        claude = startProcess(options, { marker, onMalformed: () => {} })
        return claude.spawned
      },
    },
  })
  const timer = setTimeout(() => void claude?.end('terminate'), PROBE_MS)
  const messages: unknown[] = []
  try {
    prompts.push({ id, content: 'Write probe.txt, then run echo.' })
    for await (const message of conversation) {
      messages.push(message)
      if (message.type === 'result') prompts.close()
    }
  } finally {
    clearTimeout(timer)
    await claude?.end('terminate')
  }
  return messages
}

function environment(home: string, path: string, url: string): Record<string, string> {
  return {
    PATH: path,
    HOME: home,
    USERPROFILE: home,
    CLAUDE_CONFIG_DIR: join(home, '.claude'),
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: 'probe',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: '1',
    DISABLE_AUTOUPDATER: '1',
  }
}
