import { expect, test } from 'vitest'
import { fetchSessionFiles } from './sessionFiles.ts'

test('what the built page names is fetched, and nothing where it names nothing', () => {
  const page = document.implementation.createHTMLDocument()
  fetchSessionFiles(page)
  expect(page.querySelectorAll('link')).toHaveLength(0)
  page.head.innerHTML = '<meta name="session-files" content="/assets/session-a.js /assets/session-b.css">'
  fetchSessionFiles(page)
  const links = [...page.querySelectorAll('link')].map((link) => [link.rel, link.getAttribute('href')])
  expect(links).toEqual([
    ['modulepreload', '/assets/session-a.js'],
    ['preload', '/assets/session-b.css'],
  ])
})
