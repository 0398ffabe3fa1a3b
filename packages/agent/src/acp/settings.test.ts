import { expect, test } from 'vitest'
import { splitCommand } from './command.ts'
import { sessionOpenedSchema } from './messages.ts'
import { changeFor, currentSettings, offeredModels } from './settings.ts'

const { modes, configOptions } = sessionOpenedSchema.parse({
  modes: { currentModeId: 'ask', availableModes: [{ id: 'ask', name: 'Ask' }, { id: 'plan', name: 'Plan' }, {}] },
  configOptions: [
    { id: 'fast', category: 'model', type: 'boolean', name: 'Fast', currentValue: true },
    {
      id: 'llm',
      category: 'model',
      type: 'select',
      name: 'Model',
      currentValue: 'small',
      options: [
        { value: 'small', name: 'Small' },
        { group: 'g', name: 'G', options: [{ value: 'big', name: 'Big' }] },
      ],
    },
  ],
})
const offered = { modes, configOptions: configOptions ?? [] }

test('a setting becomes the mode or option of that very name', () => {
  expect(changeFor(offered, 'permissionMode', 'plan')).toEqual({ type: 'mode', modeId: 'plan' })
  expect(changeFor(offered, 'permissionMode', 'ask')).toBeUndefined()
  expect(changeFor(offered, 'model', 'big')).toEqual({ type: 'option', configId: 'llm', value: 'big' })
  expect(changeFor(offered, 'model', 'small')).toBeUndefined()
  expect(currentSettings(offered)).toEqual({ model: 'small', permissionMode: 'ask' })
  expect(offeredModels(offered).map(({ value }) => value)).toEqual(['small', 'big'])
})

test('what it does not offer is refused with what it offers; its own default needs no name', () => {
  expect(changeFor(offered, 'permissionMode', 'default')).toBeUndefined()
  expect(() => changeFor(offered, 'permissionMode', 'bypassPermissions')).toThrow('it offers ask, plan')
  expect(() => changeFor(offered, 'model', 'opus')).toThrow('it offers small, big')
  expect(() => changeFor(offered, 'effort', 'high')).toThrow('no such choice')
})

test.each([
  ['gemini --experimental-acp', ['gemini', '--experimental-acp']],
  [`  "/opt/my agent/run"  --name='a b'c `, ['/opt/my agent/run', '--name=a bc']],
  [String.raw`C:\tools\agent.exe acp`, [String.raw`C:\tools\agent.exe`, 'acp']],
  ['', []],
  ["it's not closed", undefined],
])('the words of the command %j', (text, words) => {
  expect(splitCommand(text)).toEqual(words)
})
