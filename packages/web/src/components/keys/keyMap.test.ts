// @vitest-environment node
import { expect, test } from 'vitest'
import { actionOfKey, KEYS } from './keyMap.ts'

const press = (key: string, part: Partial<Parameters<typeof actionOfKey>[0]> = {}) => ({
  ...{ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false },
  ...part,
})
const FREE = { inField: false, letters: true, chord: false }

test.each([
  ['Ctrl+K anywhere', press('k', { ctrlKey: true }), { ...FREE, inField: true }, 'palette'],
  ['Command on a Mac', press('k', { metaKey: true }), FREE, 'palette'],
  ['Ctrl+Shift+O', press('O', { ctrlKey: true, shiftKey: true }), FREE, 'new-session'],
  ['? is a letter', press('?', { shiftKey: true }), FREE, 'keys'],
  ['not while typing', press('?', { shiftKey: true }), { ...FREE, inField: true }, undefined],
  ['not where letters are off', press('/'), { ...FREE, letters: false }, undefined],
  [
    'Alt+Down stays with letters off',
    press('ArrowDown', { altKey: true }),
    { ...FREE, letters: false },
    'next-session',
  ],
  ['G begins a chord', press('g'), FREE, 'chord'],
  ['G 3', press('3'), { ...FREE, chord: true }, 'session:3'],
  ['G A', press('a'), { ...FREE, chord: true }, 'next-waiting'],
  ['3 alone is nothing', press('3'), FREE, undefined],
  ['K alone', press('k'), FREE, 'previous-message'],
  ['F8', press('F8'), { ...FREE, inField: true }, 'request'],
])('%s', (_name, pressed, at, action) => expect(actionOfKey(pressed, at)).toBe(action))

test('no key stands for two things in one place', () => {
  const named = KEYS.map(({ keys, place }) => `${place} ${keys}`)
  expect(new Set(named).size).toBe(named.length)
})
