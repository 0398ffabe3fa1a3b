import type { OfferedCommand } from '@farhand/shared'
import { expect, test } from 'vitest'
import { argumentHintOf, isCommand, matchCommands } from './commandMatches.ts'
import { mentionOf, replaceTrigger, triggerAt } from './trigger.ts'

const at = (text: string) => {
  const caret = text.indexOf('|')
  return triggerAt(text.replace('|', ''), caret)
}

test('a slash at the very beginning asks for commands, until a space', () => {
  expect(at('/|')).toEqual({ type: 'command', query: '', from: 0, to: 1 })
  expect(at('/com|pact')).toMatchObject({ query: 'com', to: 4 })
  expect([at('/compact |'), at(' /|'), at('see /|'), at('a\n/|')]).toEqual([undefined, undefined, undefined, undefined])
})

test('an @ at a beginning or after a space asks for files; one inside of a word does not', () => {
  expect(at('@|')).toEqual({ type: 'file', query: '', from: 0, to: 1 })
  expect(at('look at @src/a|.ts now')).toEqual({ type: 'file', query: 'src/a', from: 8, to: 14 })
  expect(at('in\n@b|')).toMatchObject({ from: 3, query: 'b' })
  expect(at('@"my fi|')).toMatchObject({ type: 'file', query: 'my fi', from: 0 })
  expect([at('anna@home|'), at('@a b|'), at('@"a b" c|')]).toEqual([undefined, undefined, undefined])
})

test('a choice stands in place of what was typed for it, with one space behind it and the caret there', () => {
  const trigger = triggerAt('see @gr now', 7)
  if (trigger === undefined) throw new Error('it triggers')
  expect(replaceTrigger('see @gr now', trigger, '@greeting.mjs')).toEqual({ text: 'see @greeting.mjs now', caret: 18 })
  expect(replaceTrigger('/co', { type: 'command', query: 'co', from: 0, to: 3 }, '/compact')).toEqual({
    text: '/compact ',
    caret: 9,
  })
})

test('a path is quoted where Claude Code would take less of it', () => {
  expect(['src/a.ts', 'my file.md', 'docs/', 'notes/über', 'a、b.txt', 'say "hi".md'].map(mentionOf)).toEqual([
    '@src/a.ts',
    '@"my file.md"',
    '@"docs/"',
    '@notes/über',
    '@"a、b.txt"',
    '@say "hi".md',
  ])
  expect(mentionOf('notes/café')).toBe('@"notes/café"')
})

const command = (name: string, part: Partial<OfferedCommand> = {}): OfferedCommand => ({
  name,
  description: '',
  builtin: true,
  ...part,
})
const COMMANDS = [
  command('review', { description: 'Look at a pull request', argumentHint: '[number]' }),
  command('compact', { description: 'Clear the history but keep a summary' }),
  command('clear', { aliases: ['reset', 'new'] }),
  command('shop:deploy', { builtin: false }),
]
const names = (query: string) => matchCommands(COMMANDS, query).map(({ name }) => name)

test('commands are found by name, alias, part of a name and what they do, the nearest first', () => {
  expect(names('')).toEqual(['shop:deploy', 'clear', 'compact', 'review'])
  const aside = [command('__remote'), command('agents', { description: '(removed) Ask Claude' }), command('zoo')]
  expect(matchCommands(aside, '').map(({ name }) => name)).toEqual(['zoo', '__remote', 'agents'])
  expect(matchCommands(aside, 'ag').map(({ name }) => name)).toEqual(['agents'])
  expect(names('c')).toEqual(['clear', 'compact'])
  expect(names('CLEAR')).toEqual(['clear', 'compact'])
  expect(names('res')).toEqual(['clear'])
  expect(names('dep')).toEqual(['shop:deploy'])
  expect(names('rvw')).toEqual(['review'])
  expect(names('pull')).toEqual(['review'])
  expect(names('usr/bin')).toEqual([])
})

test('a whole name needs nothing more, and what it takes is told while nothing else is typed', () => {
  expect([isCommand(COMMANDS, 'reset'), isCommand(COMMANDS, 'rese')]).toEqual([true, false])
  expect(argumentHintOf(COMMANDS, '/review ')).toBe('[number]')
  expect([
    argumentHintOf(COMMANDS, '/review 7'),
    argumentHintOf(COMMANDS, '/compact '),
    argumentHintOf([], 'x'),
  ]).toEqual(['', '', ''])
})
