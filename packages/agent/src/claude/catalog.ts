import { query } from '@anthropic-ai/claude-agent-sdk'
import { effortSchema, type OfferedCommand, type OfferedModel } from '@farhand/shared'
import { z } from 'zod'
import { startProcess, type ClaudeProcess } from './process.ts'
import { openPrompts } from './prompts.ts'

/** What Claude Code offers in a directory: it depends on the account, the user's settings and the project's. */
export type Catalog = { models: OfferedModel[]; commands: OfferedCommand[] }

/**
 * Starts Claude Code, asks what it offers, and ends it. Nothing is said to the model, and no conversation is recorded.
 * Rejects where it can't be started or does not answer.
 */
export async function askCatalog(launch: {
  executable: string
  env: Readonly<Record<string, string>>
  cwd: string
  marker: string
  signal: AbortSignal
}): Promise<Catalog> {
  const { executable, env, cwd, marker, signal } = launch
  const prompts = openPrompts()
  let claude: ClaudeProcess | undefined
  const conversation = query({
    prompt: prompts.messages,
    options: {
      pathToClaudeCodeExecutable: executable,
      cwd,
      env: { ...env },
      permissionMode: 'default',
      persistSession: false,
      spawnClaudeCodeProcess(options) {
        claude = startProcess(options, { marker, onMalformed: () => {} })
        return claude.spawned
      },
    },
  })
  const end = (): void => void claude?.end('terminate')
  signal.addEventListener('abort', end, { once: true })
  try {
    return readCatalog(await conversation.initializationResult())
  } finally {
    signal.removeEventListener('abort', end)
    prompts.close()
    conversation.close()
    await claude?.end('terminate')
  }
}

/** Theirs, so loose: what has another shape is left out. */
export function readCatalog(source: unknown): Catalog {
  const { models, commands } = catalogSchema.parse(source)
  return {
    models: models.flatMap((model) => readModel(model) ?? []),
    commands: commands.flatMap((command) => readCommand(command) ?? []),
  }
}

const catalogSchema = z.looseObject({
  models: z.array(z.unknown()).default([]),
  commands: z.array(z.unknown()).default([]),
})

/** Some describe themselves over pages, to the model; people read a line. */
const MAX_DESCRIPTION = 300

const modelSchema = z.looseObject({
  value: z.string(),
  displayName: z.string().optional(),
  description: z.string().default(''),
  supportedEffortLevels: z.array(z.string()).default([]),
})

function readModel(source: unknown): OfferedModel | undefined {
  const model = modelSchema.safeParse(source).data
  if (model === undefined) return undefined
  const efforts = model.supportedEffortLevels.flatMap((effort) => effortSchema.safeParse(effort).data ?? [])
  return {
    value: model.value,
    name: model.displayName ?? model.value,
    description: short(model.description),
    ...(efforts.length === 0 ? {} : { efforts }),
  }
}

const commandSchema = z.looseObject({
  name: z.string(),
  description: z.string().default(''),
  argumentHint: z.string().default(''),
  aliases: z.array(z.string()).default([]),
  builtin: z.boolean().default(false),
})

function readCommand(source: unknown): OfferedCommand | undefined {
  const command = commandSchema.safeParse(source).data
  if (command === undefined) return undefined
  const { name, description, argumentHint, aliases, builtin } = command
  return {
    name,
    description: short(description),
    builtin,
    ...(argumentHint === '' ? {} : { argumentHint: short(argumentHint) }),
    ...(aliases.length === 0 ? {} : { aliases }),
  }
}

function short(text: string): string {
  return text.length > MAX_DESCRIPTION ? `${text.slice(0, MAX_DESCRIPTION - 1)}…`.toWellFormed() : text
}
