import { z } from 'zod'
import { say } from '../driver/responses.ts'
import type { NewResponse } from '../spool/outbox.ts'
import type { TranscriptMessage } from './transcripts.ts'
import { translate } from './translate.ts'
import { newTranslation } from './translation.ts'

/** What was said at one moment of a conversation that is imported. */
export type Told = { at: number | undefined; responses: NewResponse[] }

/**
 * A conversation that was held elsewhere, as our responses: by the same translator as a live one, and what was typed as
 * `prompt`. Pure.
 */
export function translateHistory(messages: readonly TranscriptMessage[]): Told[] {
  let state = newTranslation(0)
  return messages.flatMap((message): Told[] => {
    const typed = readPrompt(message)
    if (typed !== undefined) return typed.length === 0 ? [] : [{ at: message.at, responses: typed }]
    const translated = translate(state, message)
    state = translated.state
    return translated.responses.length === 0 ? [] : [{ at: message.at, responses: translated.responses }]
  })
}

/** `undefined`: it is not of a person, and so the translator's. */
function readPrompt(message: TranscriptMessage): NewResponse[] | undefined {
  const prompt = promptSchema.safeParse(message).data
  if (prompt === undefined) return undefined
  const { content } = prompt.message
  const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : content
  if (blocks.some(({ type }) => type === 'tool_result')) return undefined
  if (prompt.isCompactSummary === true) return [say('notice', { ...COMPACTED, summary: textOf(blocks) })]
  if (prompt.is_meta === true) return []
  const text = textOf(blocks)
  if (OUTPUT.test(text)) return undefined
  if (INTERRUPTED.test(text))
    return [say('notice', { level: 'info', type: 'interrupted', message: 'The run was stopped.' })]
  const told = asTyped(text)
  return told === '' ? [] : [say('prompt', { text: told, uuid: prompt.uuid })]
}

const promptSchema = z.looseObject({
  type: z.literal('user'),
  uuid: z.uuid(),
  parent_tool_use_id: z.null().optional(),
  is_meta: z.boolean().optional(),
  isCompactSummary: z.boolean().optional(),
  message: z.looseObject({
    content: z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() }))]),
  }),
})

const COMPACTED = {
  level: 'info' as const,
  type: 'compacted',
  message: 'The conversation was compacted here: Claude goes on with a summary of what was before.',
}
const OUTPUT = /^<local-command-(?:stdout|stderr)>/
const INTERRUPTED = /^\[Request interrupted by user/
const REMINDER = /^<system-reminder>/

/** What is not text is named; what Claude Code added for itself is left out. */
function textOf(blocks: readonly { type: string; text?: string | undefined }[]): string {
  return blocks
    .map(({ type, text }) => (type === 'text' ? (text ?? '') : `[${type}]`))
    .filter((text) => !REMINDER.test(text))
    .join('\n')
    .trim()
}

/** A slash command is kept taken apart. */
function asTyped(text: string): string {
  const name = /<command-name>([\s\S]*?)<\/command-name>/.exec(text)?.[1]
  if (name === undefined) return text
  const args = /<command-args>([\s\S]*?)<\/command-args>/.exec(text)?.[1] ?? ''
  return `${name.trim()} ${args.trim()}`.trim()
}
