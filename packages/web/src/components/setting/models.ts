import { EFFORTS, type OfferedModel } from '@farhand/shared'
import { settingTexts as texts } from '../../texts/run.ts'

/** What Claude Code has always taken; for while the machine can't be asked what it offers. */
const USUAL = ['default', 'opus', 'sonnet', 'haiku'] as const

export const USUAL_MODELS: readonly OfferedModel[] = USUAL.map((value) => ({
  value,
  name: texts.models[value],
  description: '',
}))

/**
 * Which of the offered models is at work. It is told by its full name, or as it was asked for: `claude-opus-5-5` and `opus`
 * are one. Undefined where it is none of them. Pure.
 */
export function chosenModel(models: readonly OfferedModel[], effective: string | undefined): OfferedModel | undefined {
  if (effective === undefined || effective === '') return undefined
  const same = models.find(({ value }) => value === effective)
  if (same !== undefined) return same
  const fits = models.filter(({ value }) => value !== 'default' && isVariant(effective, value))
  return fits.toSorted((a, b) => b.value.length - a.value.length)[0]
}

/** `opus[1m]` is another one than `opus`. */
function isVariant(effective: string, value: string): boolean {
  const size = /\[.*\]$/
  const sizeOf = (name: string): string => size.exec(name)?.[0] ?? ''
  return sizeOf(effective) === sizeOf(value) && effective.replace(size, '').includes(value.replace(size, ''))
}

/** For the button: a name where there is one. Pure. */
export function modelName(models: readonly OfferedModel[], effective: string | undefined): string {
  if (effective === undefined || effective === '') return texts.unknownModel
  return (chosenModel(models, effective) ?? chosenModel(USUAL_MODELS, effective))?.name ?? effective
}

type Effort = (typeof EFFORTS)[number]

export function isEffort(text: string | undefined): text is Effort {
  return (EFFORTS as readonly (string | undefined)[]).includes(text)
}
