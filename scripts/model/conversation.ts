import { isRecord, type JsonRecord } from './json.ts'

/** A Messages API request, reduced to what the script decides by. */
export type Conversation = {
  model: string
  stream: boolean
  /** What the person typed last (for a subagent: what it was told to do). */
  prompt: string
  /** The types of the images that came with it. */
  images: string[]
  /** Where the files are that came with it, as the agent tells: `- /path (name, type, size)`. */
  files: string[]
  /** The model's tool calls since then, oldest first; one without a result did not run. */
  calls: ToolCall[]
  /** How often the model has spoken since then. Looking for a tool's schema does not count. */
  turns: number
  /** The tools that may be called at once; others have to be looked up by ToolSearch. */
  tools: string[]
  /** Where Claude Code works, as it tells the model. */
  cwd: string | undefined
  /** Was plan mode on before the model first spoke? */
  planMode: boolean
  /** Where Claude Code wants a plan to be written, as it said last. */
  planFile: { path: string; exists: boolean } | undefined
}

export type ToolCall = { name: string; input: JsonRecord; result?: { text: string; isError: boolean } }

/** Understands a request's JSON. Whatever has another shape than expected is left out, so that a new CLI still runs. */
export function readConversation(request: unknown): Conversation {
  const body = isRecord(request) ? request : {}
  const messages = list(body.messages).filter(isRecord)
  const start = messages.findLastIndex((message) => typed(message) !== '')
  const tail = messages.slice(start + 1)
  const spoken = tail.filter((message) => message.role === 'assistant')
  const told = allText([body.system, ...messages.map((message) => message.content)])
  const unanswered = tail.slice(0, tail.findIndex((message) => message.role === 'assistant') >>> 0)
  return {
    model: typeof body.model === 'string' ? body.model : 'scripted',
    stream: body.stream === true,
    prompt: typed(messages[start] ?? {}),
    images: imageTypes(messages[start]?.content),
    files: [...allText([messages[start]?.content]).matchAll(/^- (\/.+?) \(.+ bytes\)$/gm)].flatMap(
      ([, path]) => path ?? [],
    ),
    calls: toolCalls(tail),
    turns: countTurns(spoken),
    tools: [...offeredTools(body.tools), ...lookedUpTools(messages)],
    cwd: /Primary working directory: (.+)/.exec(told)?.[1]?.trim(),
    planMode: /plan mode (is|still) active/i.test(
      allText([messages[start]?.content, ...unanswered.map((each) => each.content)]),
    ),
    planFile: readPlanFile(told),
  }
}

/**
 * The last thing that a person said in a message, without what Claude Code adds. An earlier one there got no answer:
 * it was interrupted or had failed.
 */
function typed(message: JsonRecord): string {
  if (message.role !== 'user') return ''
  const said = texts(message.content)
    .map((text) => text.replaceAll(/<system-reminder>[\s\S]*?<\/system-reminder>/g, '').trim())
    .filter((text) => text !== '' && !ADDED_BY_CLAUDE_CODE.test(text))
  return said.at(-1) ?? ''
}

const ADDED_BY_CLAUDE_CODE = /^(Tool loaded\.$|\[Request interrupted|Continue from where you left off\.$)/

function toolCalls(tail: JsonRecord[]): ToolCall[] {
  const calls = new Map<unknown, ToolCall>()
  for (const block of tail.flatMap((message) => list(message.content)).filter(isRecord)) {
    if (block.type === 'tool_use') {
      calls.set(block.id, { name: String(block.name), input: isRecord(block.input) ? block.input : {} })
    }
    if (block.type === 'tool_result') {
      const made = calls.get(block.tool_use_id)
      if (made) made.result = { text: texts(block.content).join('\n'), isError: block.is_error === true }
    }
  }
  return [...calls.values()]
}

function readPlanFile(told: string): Conversation['planFile'] {
  const found = [...told.matchAll(/(create your plan|plan file (?:already )?exists) at:? (.+?\.md)\b/gi)].at(-1)
  return found?.[2] === undefined ? undefined : { path: found[2], exists: /exists/i.test(found[1] ?? '') }
}

function offeredTools(tools: unknown): string[] {
  return list(tools)
    .filter(isRecord)
    .filter((tool) => tool.defer_loading !== true)
    .map((tool) => String(tool.name))
}

/** What ToolSearch found stays callable for the rest of the conversation. */
function lookedUpTools(messages: JsonRecord[]): string[] {
  const results = messages.flatMap((message) => list(message.content)).filter(isRecord)
  const found = results.flatMap((result) => list(result.content)).filter(isRecord)
  return found.filter((block) => block.type === 'tool_reference').map((block) => String(block.tool_name))
}

function countTurns(spoken: JsonRecord[]): number {
  return spoken.filter((message) => {
    const names = list(message.content)
      .filter(isRecord)
      .filter((block) => block.type === 'tool_use')
      .map((block) => block.name)
    return !names.includes('ToolSearch')
  }).length
}

function texts(content: unknown): string[] {
  if (typeof content === 'string') return [content]
  return list(content)
    .filter(isRecord)
    .filter((block) => block.type === 'text')
    .map((block) => String(block.text))
}

function imageTypes(content: unknown): string[] {
  const images = list(content).filter((block) => isRecord(block) && block.type === 'image')
  return images.flatMap((block) => (isRecord(block) && isRecord(block.source) ? [String(block.source.media_type)] : []))
}

function allText(contents: unknown[]): string {
  return contents.flatMap(texts).join('\n')
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
