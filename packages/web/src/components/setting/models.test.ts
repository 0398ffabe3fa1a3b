import type { OfferedModel } from '@farhand/shared'
import { expect, test } from 'vitest'
import { chosenModel, modelName, USUAL_MODELS } from './models.ts'

const model = (value: string, name: string): OfferedModel => ({ value, name, description: '' })
const OFFERED = [
  model('default', 'Default'),
  model('opus', 'Opus 5.5'),
  model('opus[1m]', 'Opus 5.5, long'),
  model('claude-haiku-4-5', 'Haiku 4.5'),
]

test('the model at work is found by its full name, and as it was asked for', () => {
  expect(chosenModel(OFFERED, 'claude-opus-5-5')?.value).toBe('opus')
  expect(chosenModel(OFFERED, 'opus')?.value).toBe('opus')
  expect(chosenModel(OFFERED, 'claude-opus-5-5[1m]')?.value).toBe('opus[1m]')
  expect(chosenModel(OFFERED, 'claude-haiku-4-5-20251001')?.value).toBe('claude-haiku-4-5')
  expect(chosenModel(OFFERED, 'default')?.value).toBe('default')
  expect([chosenModel(OFFERED, 'my-own-model'), chosenModel(OFFERED, undefined)]).toEqual([undefined, undefined])
})

test('the button names what is at work, by the usual names while the machine is away', () => {
  expect(modelName(OFFERED, 'claude-opus-5-5')).toBe('Opus 5.5')
  expect(modelName(USUAL_MODELS, 'claude-opus-5-5')).toBe('Opus')
  expect(modelName(OFFERED, 'claude-sonnet-5')).toBe('Sonnet')
  expect([modelName(OFFERED, 'my-own-model'), modelName(OFFERED, undefined)]).toEqual(['my-own-model', 'Model'])
})
