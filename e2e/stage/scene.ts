import { createHash, randomUUID } from 'node:crypto'
import { canonicalJson } from '@farhand/shared'

/** One response of the agent, before it is numbered. */
export type Line = {
  commandId: string
  kind: string
  body: unknown
  at: number
  key?: string
  final?: boolean
  digest?: string
  code?: string
}

/** A session as it is written down: what people sent and what Claude Code did. */
export type Scene = {
  title: string
  /** Which of the stage's projects. @default the first */
  project?: number
  commands: readonly { id: string; text: string; at: number }[]
  lines: readonly Line[]
}

/** Writes the lines of one run; its clock goes on by itself. */
export function writeRun(text: string, startedAt: number) {
  const id = randomUUID()
  const lines: Line[] = []
  let now = startedAt
  let blocks = 0

  function add(kind: string, body: unknown, part: Partial<Line> = {}): void {
    lines.push({ commandId: id, kind, body, at: now, ...part })
  }

  const run = {
    command: { id, text, at: startedAt },
    lines,
    wait(ms: number) {
      now += ms
      return run
    },
    start(body: object = {}) {
      add('run_started', { model: 'claude-opus-4-5', permissionMode: 'default', cwd: '/home/dev/shop-api', ...body })
      return run
    },
    say(said: string, inside?: string) {
      blocks += 1
      add('text', said, { key: `${inside === undefined ? '' : `${inside}/`}m:${blocks}`, final: true })
      return run.wait(400)
    },
    /** Text that still streams: a delta without its record. */
    saying(said: string) {
      add('text', said, { key: `live:${blocks}` })
      return run
    },
    think(thought: string, ms: number) {
      blocks += 1
      add('thinking', '', { key: `m:${blocks}` })
      run.wait(ms)
      add('thinking', thought, { key: `m:${blocks}`, final: true })
      return run
    },
    begin(toolUseId: string, tool: string, input: object, parentToolUseId?: string) {
      add('tool_started', { toolUseId, tool, input, ...(parentToolUseId === undefined ? {} : { parentToolUseId }) })
      return run
    },
    finish(toolUseId: string, output: string, structured?: unknown, isError = false) {
      add('tool_finished', { toolUseId, isError, output, ...(structured === undefined ? {} : { structured }) })
      return run
    },
    tool(tool: string, input: object, output: string, rest: ToolRest = {}) {
      const toolUseId = randomUUID()
      run.begin(toolUseId, tool, input, rest.inside).wait(rest.ms ?? 300)
      return run.finish(toolUseId, output, rest.structured, rest.isError)
    },
    /** A request that waits, and the tool that waits with it. */
    ask(tool: string, input: object, body: object = {}) {
      const toolUseId = randomUUID()
      const requestId = randomUUID()
      const digest = createHash('sha256').update(canonicalJson({ tool, input })).digest('hex')
      run.begin(toolUseId, tool, input)
      add(
        'request',
        { requestId, digest, type: 'permission', toolUseId, tool, input, ...body },
        { key: requestId, digest },
      )
      return run
    },
    note(type: string, message: string, body: object = {}) {
      add('notice', { level: 'info', type, message, ...body })
      return run
    },
    tasks(done: number, subjects: readonly string[]) {
      const status = (index: number): string =>
        index < done ? 'completed' : index === done ? 'in_progress' : 'pending'
      add('tasks', { items: subjects.map((subject, index) => ({ id: String(index), subject, status: status(index) })) })
      return run
    },
    end(body: object = {}, code?: string) {
      add(
        'run_finished',
        {
          durationMs: now - startedAt,
          turns: 6,
          costUsd: 0.41,
          usage: { inputTokens: 84_200, outputTokens: 3_100 },
          ...body,
        },
        code === undefined ? {} : { code },
      )
      return run
    },
    now: () => now,
  }
  return run
}

type ToolRest = { structured?: unknown; isError?: boolean; ms?: number; inside?: string }
