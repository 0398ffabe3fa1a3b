// @vitest-environment node
import { expect, test } from 'vitest'
import { hashOf, linkedItem } from './itemLink.ts'

test('what an item’s link says is read back from it, whatever its id holds', () => {
  for (const id of ['6f2c', 'text:6f2c:msg/1#2 ü', 'prompt:5'])
    expect(linkedItem(hashOf({ seq: 412, id }))).toEqual({ seq: 412, id })
})

test('another address leads to no item', () => {
  for (const hash of ['', '#', '#main', '#12', '#12/', '#x/y', `#${'9'.repeat(16)}/a`])
    expect(linkedItem(hash)).toBeUndefined()
})
