/*
 * Keeps the page itself on the device, so that it opens without the relay. It never answers for the API: what was read
 * is kept by the page, in its database, and goes when somebody signs out.
 */
const SHELL = 'farhand-shell-1'
const PAGE = '/'
/** Files of older builds are kept until there are this many: a tab of such a build may still ask for them. */
const MAX_FILES = 150

self.addEventListener('install', (event) => {
  event.waitUntil(addPage().then(() => self.skipWaiting()))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOldShells().then(() => self.clients.claim()))
})

/** The page names the files that it was made of before this worker was there to see them. */
self.addEventListener('message', (event) => {
  const { keep } = event.data ?? {}
  if (Array.isArray(keep)) event.waitUntil(addFiles(keep.filter((url) => isFile(new URL(url)))))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET') return
  if (request.mode === 'navigate') event.respondWith(answerPage(request))
  else if (isFile(new URL(request.url))) event.respondWith(answerFile(request))
})

async function addPage() {
  const shell = await caches.open(SHELL)
  await shell.add(new Request(PAGE, { cache: 'reload' }))
}

async function dropOldShells() {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name)))
}

/** Their names hold a hash of their content, so what is kept under one never changes. */
function isFile({ origin, pathname }) {
  return origin === self.location.origin && (pathname.startsWith('/assets/') || pathname === '/favicon.svg')
}

/** The relay's page, which may be newer; the kept one where the relay does not answer, or a proxy in its place. */
async function answerPage(request) {
  try {
    const response = await fetch(request)
    if (response.status < 500) {
      await keepPage(response)
      return response
    }
    return (await caches.match(PAGE)) ?? response
  } catch {
    return (await caches.match(PAGE)) ?? Response.error()
  }
}

async function keepPage(response) {
  const isPage =
    response.ok && !response.redirected && (response.headers.get('Content-Type') ?? '').includes('text/html')
  if (!isPage) return
  const copy = response.clone()
  const shell = await caches.open(SHELL)
  await shell.put(PAGE, copy)
}

async function answerFile(request) {
  const kept = await caches.match(request)
  if (kept !== undefined) return kept
  const response = await fetch(request)
  if (response.ok) {
    const copy = response.clone()
    const shell = await caches.open(SHELL)
    await shell.put(request, copy)
    await dropOldest(shell)
  }
  return response
}

async function addFiles(urls) {
  const shell = await caches.open(SHELL)
  await Promise.all(urls.map(async (url) => (await shell.match(url)) ?? shell.add(url).catch(() => undefined)))
}

async function dropOldest(shell) {
  const files = (await shell.keys()).filter(({ url }) => new URL(url).pathname !== PAGE)
  await Promise.all(files.slice(0, Math.max(0, files.length - MAX_FILES)).map((file) => shell.delete(file)))
}
