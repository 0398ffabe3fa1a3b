import { effortSchema, type OfferedCommand, type OfferedModel } from '@farhand/shared'
import { z } from 'zod'
import { withOneOff, type OneOff } from './oneOff.ts'

/** What Claude Code offers in a directory: it depends on the account, the user's settings and the project's. */
export type Catalog = { models: OfferedModel[]; commands: OfferedCommand[] }

/**
 * Starts Claude Code, asks what it offers, and ends it. Nothing is said to the model, and no conversation is recorded.
 * Rejects where it can't be started or does not answer.
 */
export async function askCatalog(launch: OneOff): Promise<Catalog> {
  const options = { permissionMode: 'default', persistSession: false } as const
  return withOneOff(launch, options, async (conversation) => readCatalog(await conversation.initializationResult()))
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
