import type { OfferedModel } from '@farhand/shared'
import type { Settings } from '../spool/sessionRecords.ts'
import type { ConfigOption } from './messages.ts'
import type { Translation } from './translation.ts'

/** What people set is for any coding agent; an ACP agent offers modes and options of its own, under its own names. */

type Offered = Pick<Translation, 'modes' | 'configOptions'>

/** What is to be asked of the agent. */
export type Change = { type: 'mode'; modeId: string } | { type: 'option'; configId: string; value: string }

const CATEGORIES = { model: 'model', permissionMode: 'mode', effort: 'thought_level' } as const

/**
 * How the agent gets a setting, by the very name that it has there. `undefined`: nothing needs to be asked. Pure.
 * @throws NotOffered in words, where the agent has nothing of that name: then what was wished for does not hold
 */
export function changeFor(offered: Offered, name: keyof Settings, value: string): Change | undefined {
  const { modes } = offered
  if (name === 'permissionMode' && modes != null && modes.availableModes.some(({ id }) => id === value)) {
    return modes.currentModeId === value ? undefined : { type: 'mode', modeId: value }
  }
  const option = optionOf(offered, name)
  if (option !== undefined && valuesOf(option).some((one) => one.value === value)) {
    return option.currentValue === value ? undefined : { type: 'option', configId: option.id, value }
  }
  if (name === 'permissionMode' && value === DEFAULT_MODE) return undefined
  const names = name === 'permissionMode' && modes != null ? modes.availableModes.map(({ id }) => id) : []
  const known = [...names, ...(option === undefined ? [] : valuesOf(option).map((one) => one.value))]
  throw new NotOffered(known.length === 0 ? 'it offers no such choice' : `it offers ${known.join(', ')}`)
}

export class NotOffered extends Error {
  override readonly name = 'NotOffered'
}

/** Whatever it is called there, it is what an agent does that nobody has told otherwise. */
const DEFAULT_MODE = 'default'

/** What the agent works with, as far as it tells. */
export function currentSettings(offered: Offered): { model?: string; permissionMode?: string } {
  const model = optionOf(offered, 'model')?.currentValue
  const mode = offered.modes?.currentModeId ?? optionOf(offered, 'permissionMode')?.currentValue
  return {
    ...(typeof model === 'string' ? { model } : {}),
    ...(typeof mode === 'string' ? { permissionMode: mode } : {}),
  }
}

export function offeredModels(offered: Offered): OfferedModel[] {
  const option = optionOf(offered, 'model')
  return option === undefined ? [] : valuesOf(option)
}

function optionOf({ configOptions }: Offered, name: keyof Settings): ConfigOption | undefined {
  return configOptions.find(({ category, type }) => category === CATEGORIES[name] && type !== 'boolean')
}

function valuesOf({ options }: ConfigOption): OfferedModel[] {
  const flat = (options ?? []).flatMap(({ options: group, ...one }) => group ?? [one])
  return flat.flatMap(({ value, name, description }) =>
    value == null ? [] : [{ value, name: name ?? value, description: description ?? '' }],
  )
}
