import type { Prompt } from '../driver/driver.ts'
import { withOneOff, type OneOff } from './oneOff.ts'

/**
 * One prompt and its answer, with a Claude Code of its own that asks nobody: for a conversation that nobody watches, in a
 * place where nothing can be harmed. Rejects where it does not come to its end.
 * @returns every message, as it came
 */
export async function converseOnce(launch: OneOff & { prompt: Prompt; patienceMs: number }): Promise<unknown[]> {
  const { prompt, patienceMs, signal, ...program } = launch
  const messages: unknown[] = []
  await withOneOff(
    { ...program, signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) },
    {
      includePartialMessages: true,
      permissionMode: 'acceptEdits',
      settingSources: [],
      enableFileCheckpointing: true,
      canUseTool: (_tool, input) => Promise.resolve({ behavior: 'allow', updatedInput: input }),
    },
    async (conversation, prompts) => {
      prompts.push(prompt)
      for await (const message of conversation) {
        messages.push(message)
        if (message.type === 'result') prompts.close()
      }
    },
  )
  return messages
}
