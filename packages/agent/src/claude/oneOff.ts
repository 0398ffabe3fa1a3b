import { query, type Options, type Query } from '@anthropic-ai/claude-agent-sdk'
import { startProcess, type OwnProcess } from '../process/process.ts'
import { isMessage } from './messages.ts'
import { openPrompts, type Prompts } from './prompts.ts'

export type OneOff = {
  executable: string
  env: Readonly<Record<string, string>>
  cwd: string
  /** A value that no other process carries. */
  marker: string
  /** Aborts where nobody waits any more. */
  signal: AbortSignal
}

/** A Claude Code for one thing, beside all sessions. It has ended, with all that it started, when this has. */
export async function withOneOff<T>(
  { executable, env, cwd, marker, signal }: OneOff,
  options: Options,
  act: (conversation: Query, prompts: Prompts) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const prompts = openPrompts()
  let claude: OwnProcess | undefined
  const conversation = query({
    prompt: prompts.messages,
    options: {
      pathToClaudeCodeExecutable: executable,
      cwd,
      env: { ...env },
      ...options,
      spawnClaudeCodeProcess(spawning) {
        claude = startProcess(spawning, { marker, isMessage, onMalformed: () => {} })
        return claude.spawned
      },
    },
  })
  const end = (): void => void claude?.end('terminate')
  signal.addEventListener('abort', end, { once: true })
  try {
    return await act(conversation, prompts)
  } finally {
    signal.removeEventListener('abort', end)
    prompts.close()
    conversation.close()
    await claude?.end('terminate')
  }
}
