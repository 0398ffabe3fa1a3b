import { expect, test } from 'vitest'
import { prepareRouterMemory } from './routerMemory.ts'

test('what vue-router reads first is there, and what it has kept stays', () => {
  sessionStorage.clear()
  prepareRouterMemory()
  expect(sessionStorage.getItem('vue-router:scroll')).toBe('{}')
  sessionStorage.setItem('vue-router:scroll', '{"1/":{"top":7}}')
  prepareRouterMemory()
  expect(sessionStorage.getItem('vue-router:scroll')).toBe('{"1/":{"top":7}}')
  sessionStorage.clear()
})

test('where nothing can be kept the page goes on', () => {
  const refused = (): Storage => {
    throw new DOMException('refused', 'SecurityError')
  }
  expect(() => prepareRouterMemory(refused)).not.toThrow()
})
