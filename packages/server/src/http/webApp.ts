import { existsSync } from 'node:fs'
import { join, sep } from 'node:path'
import express, { Router, type RequestHandler, type Response } from 'express'

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Farhand</title>
<h1>Farhand</h1>
<p>The server runs, but the web app is not built. Build it with <code>npm run build -w packages/web</code> and reload this page.</p>
</html>
`

/** The built web app: its files, and its page for every address that a person may open. */
export function webApp(webDir: string): Router {
  const router = Router()
  router.use(express.static(webDir, { index: false, redirect: false, setHeaders: setCaching(webDir) }))
  router.get('/{*path}', page(webDir))
  return router
}

function page(webDir: string): RequestHandler {
  return (request, response, next) => {
    // A missing script or icon must not come back as a page.
    if (/^\/(assets|icons)\//.test(request.path) || !request.accepts('html')) return next()
    response.setHeader('Cache-Control', 'no-cache')
    const index = join(webDir, 'index.html')
    // Looked for each time: it may be built while the server runs.
    if (existsSync(index)) response.sendFile(index, { cacheControl: false, dotfiles: 'allow' })
    else response.status(503).type('html').send(NOT_BUILT)
  }
}

/** Files under assets/ have the hash of their content in their name; everything else is asked for anew. */
function setCaching(webDir: string): (response: Response, path: string) => void {
  const assets = join(webDir, 'assets') + sep
  return (response, path) => {
    const caching = path.startsWith(assets) ? 'public, max-age=31536000, immutable' : 'no-cache'
    response.setHeader('Cache-Control', caching)
  }
}
