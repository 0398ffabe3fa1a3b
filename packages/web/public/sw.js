/*
 * Keeps the page itself on the device, so that it opens without the relay. It never answers for the API: what was read
 * is kept by the page, in its database, and goes when somebody signs out.
 */
const SHELL = 'farhand-shell-1'
const PAGE = '/'
/** Files of older builds are kept until there are this many: a tab of such a build may still ask for them. */
const MAX_FILES = 150
/** On a network that swallows what is sent, a browser waits for a minute or more; where a page is kept, nobody has to. */
const ANSWER_WITHIN_MS = 3_000
const ICONS = [
  '/favicon.svg',
  '/favicon-run.svg',
  '/favicon-need.svg',
  '/icons/icon-192.png',
  '/icons/icon-512.png',
  '/icons/maskable-192.png',
  '/icons/maskable-512.png',
  '/icons/apple-180.png',
]
/** What the page is as an app of its own. A newer one counts as soon as it can be had. */
const MANIFEST = '/manifest.webmanifest'

const PUSH = '/api/push'
/** So long the outcome stays where the question was. */
const OVER_SHOWN_MS = 4_000
/** The words of `src/texts/notify.ts`, of which nothing is in this file. */
const TITLES = {
  need: (session) => `Needs you: ${session}`,
  failed: (session) => `Failed: ${session}`,
  finished: (session) => `Finished: ${session}`,
  over: (session) => `Answered elsewhere: ${session}`,
}
const UNTITLED = 'New session'
const TEST = 'Notifications reach this browser.'
const UNKNOWN = 'Something is new. Open Farhand to see it.'

self.addEventListener('install', (event) => {
  event.waitUntil(addPage().then(() => self.skipWaiting()))
  event.waitUntil(addFiles([...ICONS, MANIFEST]))
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
  if (request.mode === 'navigate') event.respondWith(answerPage(event))
  else if (isFile(new URL(request.url))) event.respondWith(answerFile(request))
  else if (isManifest(new URL(request.url))) event.respondWith(answerManifest(request))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  event.waitUntil(openSession(event.notification.data))
})

self.addEventListener('push', (event) => {
  event.waitUntil(showPush(readPush(event.data)))
})

/** The browser has another address now. The page sees to it as well, when it is opened. */
self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(renewPush(event.newSubscription))
})

/** What a push of the relay says; undefined where nobody can read it. */
function readPush(data) {
  try {
    const said = data.json()
    if (said.type === 'test') return said
    const { type, sessionId, seq, session, project } = said
    const isWhole = [sessionId, session, project].every((text) => typeof text === 'string') && Number.isInteger(seq)
    return isWhole && Object.hasOwn(TITLES, type) ? said : undefined
  } catch {
    return undefined
  }
}

/** A browser takes the right to be told away where a push shows nothing, so each shows something. */
async function showPush(said) {
  const { registration } = self
  const icon = '/icons/icon-192.png'
  if (said === undefined || said.type === 'test') {
    const body = said === undefined ? UNKNOWN : TEST
    return await registration.showNotification('Farhand', { body, icon, tag: 'farhand', data: { path: PAGE } })
  }
  const { type, sessionId, seq, project } = said
  const tag = `session:${sessionId}`
  const [there] = await registration.getNotifications({ tag })
  if (there !== undefined && stays(there.data, said)) {
    const { title, body, data } = there
    return await registration.showNotification(title, { body, icon, tag, data, silent: true })
  }
  const kind = type === 'over' ? 'need' : type
  const focus = type === 'need' ? '?focus=decision' : ''
  const data = { kind, seq, sessionId, path: `/s/${encodeURIComponent(sessionId)}${focus}`, over: type === 'over' }
  const sound = type === 'need' ? { renotify: true } : { silent: true }
  const title = TITLES[type](said.session.trim() || UNTITLED)
  await registration.showNotification(title, { body: project, icon, tag, data, ...sound })
  if (type === 'over') await closeSoon(tag, there === undefined ? 0 : OVER_SHOWN_MS)
}

/** Whether what is shown of a session matters more: it is newer, or the same from a tab, or no request that could be over. */
function stays(shown, { type, seq }) {
  if (type === 'over') return shown?.kind !== 'need' || shown.seq > seq
  return !shown?.over && (shown?.seq > seq || (shown?.seq === seq && shown.kind === type))
}

/** Unless something else has taken its place. */
async function closeSoon(tag, ms) {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
  const shown = await self.registration.getNotifications({ tag })
  for (const note of shown) if (note.data?.over) note.close()
}

async function renewPush(renewed) {
  const answer = await fetch(PUSH)
  const { publicKey } = await answer.json()
  if (publicKey === undefined) return
  const wish = { userVisibleOnly: true, applicationServerKey: publicKey }
  const subscription = renewed ?? (await self.registration.pushManager.subscribe(wish))
  const headers = { 'Content-Type': 'application/json', 'X-Farhand': '1' }
  await fetch(PUSH, { method: 'PUT', headers, body: JSON.stringify({ subscription }) })
}

async function addPage() {
  const shell = await caches.open(SHELL)
  await shell.add(new Request(PAGE, { cache: 'reload' }))
}

async function dropOldShells() {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name)))
}

/** Their names hold a hash of their content, so what is kept under one never changes; icons are always the same. */
function isFile({ origin, pathname }) {
  return origin === self.location.origin && (pathname.startsWith('/assets/') || ICONS.includes(pathname))
}

/** The relay's page, which may be newer; the kept one where the relay does not answer in time, or a proxy in its place. */
async function answerPage(event) {
  const asked = askForPage(event.request)
  event.waitUntil(asked.then(keepPage).catch(() => undefined)) // full: the page is shown all the same
  const late = new Promise((resolve) => setTimeout(resolve, ANSWER_WITHIN_MS))
  const answer = await Promise.race([asked, late])
  if (answer !== undefined && answer.status < 500 && answer.type !== 'error') return answer
  return (await caches.match(PAGE)) ?? (await asked)
}

/** Never rejects: a network that fails is an error's answer. */
async function askForPage(request) {
  try {
    return await fetch(request)
  } catch {
    return Response.error()
  }
}

/** What comes too late for this time is kept for the next one. Nobody waits for that who wants to see the page. */
async function keepPage(response) {
  const isPage =
    response.ok && !response.redirected && (response.headers.get('Content-Type') ?? '').includes('text/html')
  if (!isPage) return
  const copy = response.clone() // now: a moment later it may be read
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

function isManifest({ origin, pathname }) {
  return origin === self.location.origin && pathname === MANIFEST
}

async function answerManifest(request) {
  try {
    const response = await fetch(request)
    if (!response.ok) throw new Error(response.statusText)
    const copy = response.clone()
    const shell = await caches.open(SHELL)
    await shell.put(request, copy).catch(() => undefined)
    return response
  } catch {
    return (await caches.match(request)) ?? Response.error()
  }
}

/** Shows the session in a tab that is there: the one that has it, else one in sight, else any; a new one where there is none. */
async function openSession(data) {
  const path = typeof data?.path === 'string' && data.path.startsWith('/s/') ? data.path : PAGE
  const [place] = path.split('?')
  const tabs = await self.clients.matchAll({ type: 'window' })
  const tab =
    tabs.find(({ url }) => new URL(url).pathname === place) ??
    tabs.find(({ visibilityState }) => visibilityState === 'visible') ??
    tabs[0]
  if (tab === undefined) return void (await self.clients.openWindow(path))
  tab.postMessage({ open: path })
  await tab.focus()
}

async function addFiles(urls) {
  const shell = await caches.open(SHELL)
  await Promise.all(urls.map(async (url) => (await shell.match(url)) ?? shell.add(url).catch(() => undefined)))
}

async function dropOldest(shell) {
  const files = (await shell.keys()).filter(({ url }) => new URL(url).pathname !== PAGE)
  await Promise.all(files.slice(0, Math.max(0, files.length - MAX_FILES)).map((file) => shell.delete(file)))
}
