import { delta, record, say } from '../driver/responses.ts'
import type { NewResponse } from '../spool/outbox.ts'
import {
  readBlock,
  readMessage,
  type AssistantMessage,
  type StreamEvent,
  type ToolProgressMessage,
  type UserMessage,
} from './messages.ts'
import { rateLimitNotice, unknownNotice } from './notices.ts'
import { isPlanFile } from './permissions.ts'
import { announcedOutput } from './outputFiles.ts'
import { foldTasks } from './tasks.ts'
import type { Stream, Translated, Translation } from './translation.ts'
import { result, system } from './turns.ts'

/**
 * Claude Code's message → our responses. Pure, and total: what is not understood is kept as a notice.
 *
 * The key of a text is `<message id>:<block index>`, the same for its deltas and its record. What a subagent says has the
 * key `<id of the tool use that started it>/<message id>:<block index>`, because a text's body is the text alone.
 */
export function translate(state: Translation, raw: unknown): Translated {
  const message = readMessage(raw)
  switch (message?.type) {
    case 'stream_event':
      return streamed(state, message)
    case 'assistant':
      return assistant(state, message)
    case 'user':
      return user(state, message)
    case 'result':
      return result(state, message)
    case 'system':
      return system(state, message) ?? unknown(state, raw)
    case 'tool_progress':
      return { state, responses: toolProgress(state, message) }
    case 'rate_limit_event': {
      const notice = rateLimitNotice(message)
      return { state, responses: notice === undefined ? [] : [say('notice', notice)] }
    }
    case 'attachment':
    case 'command_lifecycle':
      return { state, responses: [] }
    case undefined:
      return unknown(state, raw)
    default:
      return message satisfies never
  }
}

function unknown(state: Translation, raw: unknown): Translated {
  return { state: { ...state, unknown: state.unknown + 1 }, responses: [say('notice', unknownNotice(raw))] }
}

// --- Text -----------------------------------------------------------------------------------------------------------

function streamed(state: Translation, { event, parent_tool_use_id: parent }: StreamEvent): Translated {
  const lane = parent ?? ''
  const stream = state.streams[lane]
  if (event.type === 'message_start' && event.message !== undefined) {
    return { state: withStream(state, lane, { messageId: event.message.id, index: -1, open: true }), responses: [] }
  }
  if (stream === undefined) return { state, responses: [] }
  if (event.type === 'content_block_start' && event.index !== undefined) {
    return { state: withStream(state, lane, { ...stream, index: event.index, open: true }), responses: [] }
  }
  if (event.type !== 'content_block_delta') return { state, responses: [] }
  const key = keyOf(lane, stream.messageId, event.index ?? stream.index)
  const { text, thinking } = event.delta ?? {}
  if (text !== undefined && text !== '') return { state, responses: [delta('text', key, text)] }
  if (thinking !== undefined && thinking !== '') return { state, responses: [delta('thinking', key, thinking)] }
  return { state, responses: [] }
}

function withStream(state: Translation, lane: string, stream: Stream): Translation {
  return { ...state, streams: { ...state.streams, [lane]: stream } }
}

function keyOf(lane: string, messageId: string, index: number): string {
  return lane === '' ? `${messageId}:${index}` : `${lane}/${messageId}:${index}`
}

function assistant(state: Translation, message: AssistantMessage): Translated {
  // Claude Code puts an API error into words, as if Claude had said it; the end of the run says it, with its code.
  if (message.error !== undefined) {
    return {
      state: state.run === undefined ? state : { ...state, run: { ...state.run, problem: message.error } },
      responses: [],
    }
  }
  const lane = message.parent_tool_use_id ?? ''
  let next = lane === '' ? withContext(state, message) : state
  const responses: NewResponse[] = []
  for (const source of message.message.content) {
    const stream = nextBlock(next.streams[lane], message.message.id)
    next = withStream(next, lane, { ...stream, open: false })
    const block = readBlock(source)
    switch (block.type) {
      case 'text':
      case 'thinking':
        if (block.text !== '')
          responses.push(record(block.type, keyOf(lane, stream.messageId, stream.index), block.text))
        break
      case 'tool_use':
        next = toolStarted(next, block)
        responses.push(
          say('tool_started', {
            toolUseId: block.id,
            tool: block.name,
            input: block.input,
            ...(lane === '' ? {} : { parentToolUseId: lane }),
          }),
        )
        break
      case 'tool_result': {
        const done = toolFinished(next, block, undefined)
        next = done.state
        responses.push(...done.responses)
        break
      }
      case 'unknown':
        if (!SILENT_BLOCKS.includes(source.type)) {
          const kept = unknown(next, source)
          next = kept.state
          responses.push(...kept.responses)
        }
        break
      default:
        block satisfies never
    }
  }
  return { state: next, responses }
}

/** What a subagent's requests carry is a conversation of its own. */
function withContext(state: Translation, { message: { usage, model } }: AssistantMessage): Translation {
  const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens } = usage ?? {}
  const parts = [input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens]
  const tokens = parts.reduce<number>((sum, part) => sum + (part ?? 0), 0)
  return model === undefined || tokens === 0 ? state : { ...state, context: { tokens, model } }
}

/** Thinking that the API keeps to itself. */
const SILENT_BLOCKS = ['redacted_thinking']

/**
 * The block that a record is about: the one that streams, whose record comes before its stop; without a stream, the one
 * after the last record of the same message.
 */
function nextBlock(stream: Stream | undefined, messageId: string): Stream {
  if (stream === undefined || stream.messageId !== messageId) return { messageId, index: 0, open: true }
  return stream.open && stream.index >= 0 ? stream : { messageId, index: stream.index + 1, open: true }
}

// --- Tools ----------------------------------------------------------------------------------------------------------

function toolStarted(
  state: Translation,
  { id, name, input }: { id: string; name: string; input: Record<string, unknown> },
): Translation {
  const file = input['file_path']
  const isPlan = (name === 'Write' || name === 'Edit') && isPlanFile(file)
  return { ...state, tools: { ...state.tools, [id]: { name, input } }, ...(isPlan ? { planFile: file } : {}) }
}

/** The sign of life of a long tool has an id of its own and names the tool as its parent. */
function toolProgress(state: Translation, message: ToolProgressMessage): NewResponse[] {
  const { tool_use_id: id, parent_tool_use_id: parent, elapsed_time_seconds: seconds } = message
  const toolUseId = [id, parent].find((known) => known != null && known in state.tools)
  return toolUseId == null ? [] : [say('tool_progress', { toolUseId, elapsedMs: seconds * 1000 })]
}

function user(state: Translation, message: UserMessage): Translated {
  const { content } = message.message
  if (typeof content === 'string') return localCommand(state, content)
  const results = content.map(readBlock).filter((block) => block.type === 'tool_result')
  let next = state
  const responses: NewResponse[] = []
  for (const block of results) {
    // The structured result does not say which call it is of; alone it can only be of this one.
    const done = toolFinished(next, block, results.length === 1 ? message.tool_use_result : undefined)
    next = done.state
    responses.push(...done.responses)
  }
  return { state: next, responses }
}

function toolFinished(
  state: Translation,
  { id, isError, output }: { id: string; isError: boolean; output: string },
  structured: unknown,
): Translated {
  const { [id]: use, ...tools } = state.tools
  const file =
    use?.name === 'Bash' ? announcedOutput({ output, structured }, state.effective.claudeSessionId) : undefined
  const outputFiles = file === undefined ? state.outputFiles : { ...state.outputFiles, [file.taskId]: file.path }
  // An error's structured result is its text once more.
  const told = structured === undefined || typeof structured === 'string' ? {} : { structured }
  const responses = [say('tool_finished', { toolUseId: id, isError, output, ...told })]
  const tasks = use === undefined || isError ? undefined : foldTasks(state.tasks, { ...use, output, structured })
  if (tasks === undefined) return { state: { ...state, tools, outputFiles }, responses }
  return { state: { ...state, tools, outputFiles, tasks }, responses: [...responses, say('tasks', { items: tasks })] }
}

const LOCAL_OUTPUT = /^<local-command-(?:stdout|stderr)>([\s\S]*)<\/local-command-(?:stdout|stderr)>$/

/** Of a setting that was made through us, which has its own notice. */
const ECHO = /^Set model to /

/** What a slash command that Claude Code answers itself has printed. Other strings are prompts, which the log has. */
function localCommand(state: Translation, content: string): Translated {
  const output = LOCAL_OUTPUT.exec(content.trim())?.[1]
  if (output === undefined || output === '' || ECHO.test(output)) return { state, responses: [] }
  return { state, responses: [say('notice', { level: 'info', type: 'local_command_output', message: output })] }
}
