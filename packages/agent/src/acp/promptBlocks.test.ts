import { expect, test } from 'vitest'
import type { PromptBlock } from '../driver/driver.ts'
import { promptBlocks } from './promptBlocks.ts'

const IMAGE: PromptBlock = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }
const LOOK: PromptBlock = { type: 'text', text: 'Look.' }

test('a prompt is its text, and images where the agent takes them', () => {
  expect(promptBlocks('Look.', false, 'Small')).toEqual([LOOK])
  const image = { type: 'image', data: 'AAAA', mimeType: 'image/png' }
  expect(promptBlocks([LOOK, IMAGE], true, 'Small')).toEqual([LOOK, image])
})

test('an agent that takes none is not given the text alone', () => {
  const given = () => promptBlocks([LOOK, IMAGE], false, 'Small')
  expect(given).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED_FILE', message: expect.stringContaining('Small') }),
  )
})
