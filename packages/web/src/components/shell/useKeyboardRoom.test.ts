import { expect, test } from 'vitest'
import { effectScope } from 'vue'
import { roomAbove, useKeyboardRoom } from './useKeyboardRoom.ts'

const root = document.documentElement

test('a keyboard leaves room above it; bars of the browser and a closer look are none', () => {
  expect(roomAbove({ height: 420.6, scale: 1 }, 844)).toBe(420)
  expect(roomAbove({ height: 790, scale: 1 }, 844)).toBeUndefined()
  expect(roomAbove({ height: 420, scale: 2 }, 844)).toBeUndefined()
})

test('the page is as high as what is in sight, and as the window when the keyboard goes or the page is left', () => {
  const viewport = Object.assign(new EventTarget(), { height: 844, scale: 1, offsetTop: 0 })
  const scope = effectScope()
  scope.run(() => useKeyboardRoom(viewport as unknown as VisualViewport))
  const open = (px: number) => {
    viewport.height = px
    viewport.dispatchEvent(new Event('resize'))
    return root.style.getPropertyValue('--room')
  }
  expect(open(300)).toBe('300px')
  expect(root.classList.contains('keyboard')).toBe(true)
  expect(open(window.innerHeight)).toBe('')
  expect(root.classList.contains('keyboard')).toBe(false)
  open(300)
  scope.stop()
  expect(root.classList.contains('keyboard')).toBe(false)
})
