import { query } from '@anthropic-ai/claude-agent-sdk'
import { startProcess, type ClaudeProcess } from './process.ts'
import { openPrompts, type Prompt } from './prompts.ts'

/**
 * One prompt and its answer, with a Claude Code of its own that asks nobody: for a conversation that nobody watches, in a
 * place where nothing can be harmed. Rejects where it does not come to its end.
 * @returns every message, as it came
 */
export async function converseOnce(launch: {
  executable: string
  env: Readonly<Record<string, string>>
  cwd: string
  marker: string
  prompt: Prompt
  patienceMs: number
}): Promise<unknown[]> {
  const { executable, env, cwd, marker, prompt, patienceMs } = launch
  const prompts = openPrompts()
  let claude: ClaudeProcess | undefined
  const conversation = query({
    prompt: prompts.messages,
    options: {
      pathToClaudeCodeExecutable: executable,
      cwd,
      env: { ...env },
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
  const timer = setTimeout(() => void claude?.end('terminate'), patienceMs)
  const messages: unknown[] = []
  try {
    prompts.push(prompt)
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
