/** Named in the built page's HTML, by `vite.config.ts`. */
const NAMED = 'meta[name="session-files"]'

/** Has the browser fetch what a session's page is made of while what comes before it is still evaluated. */
export function fetchSessionFiles(page: Document = document): void {
  const names = page.querySelector<HTMLMetaElement>(NAMED)?.content.split(' ') ?? []
  page.head.append(...names.map((href) => linkTo(page, href)))
}

function linkTo(page: Document, href: string): HTMLLinkElement {
  const kind = href.endsWith('.css') ? { rel: 'preload', as: 'style' } : { rel: 'modulepreload' }
  return Object.assign(page.createElement('link'), { ...kind, href, crossOrigin: '' })
}
