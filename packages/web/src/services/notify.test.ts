// @vitest-environment node
import { expect, test, vi } from 'vitest'
import { openNotifier, type NotifierHost } from './notify.ts'
import { openLooks } from './notifyLooks.ts'

/** A browser with notifications that a test looks at. */
function browser(
  part: { isSecureContext?: boolean; permission?: NotificationPermission; answer?: NotificationPermission } = {},
) {
  const showing: { title: string; tag?: string | undefined; data: unknown; body?: string | undefined }[] = []
  let permission = part.permission ?? 'default'
  const target = new EventTarget()
  const registration = {
    showNotification(title: string, { tag, data, body }: NotificationOptions = {}) {
      const same = showing.findIndex((one) => one.tag === tag)
      if (same !== -1) showing.splice(same, 1)
      showing.push({ title, tag, data, body })
      return Promise.resolve()
    },
    getNotifications: () =>
      Promise.resolve(showing.map((one) => ({ ...one, close: () => void showing.splice(showing.indexOf(one), 1) }))),
  }
  const host = {
    isSecureContext: part.isSecureContext ?? true,
    Notification: {
      get permission() {
        return permission
      },
      requestPermission: () => Promise.resolve((permission = part.answer ?? 'granted')),
    },
    workers: {
      getRegistration: () => Promise.resolve(registration),
      addEventListener: target.addEventListener.bind(target),
      removeEventListener: target.removeEventListener.bind(target),
    },
  }
  // Only what a notifier uses of a browser is here.
  return { notifier: openNotifier(host as unknown as NotifierHost), showing, target }
}

const note = { kind: 'need', seq: 6, after: 4, sessionId: 'a', title: 'Needs you: Fix it', body: 'shop' } as const

test('a person is asked once; who said no is not asked again, and gets nothing', async () => {
  const yes = browser()
  expect(yes.notifier.permission()).toBe('default')
  expect(await yes.notifier.ask()).toBe('granted')
  const no = browser({ permission: 'denied' })
  expect(await no.notifier.ask()).toBe('denied')
  await no.notifier.show(note)
  expect(no.showing).toEqual([])
  expect(browser({ isSecureContext: false }).notifier.permission()).toBe('insecure')
})

test('a session has one notification, and it can be found and closed again', async () => {
  const { notifier, showing } = browser({ permission: 'granted' })
  await notifier.show(note)
  await notifier.show({ ...note, kind: 'failed', seq: 8, title: 'Failed: Fix it' })
  expect(showing).toHaveLength(1)
  expect(showing[0]).toMatchObject({ title: 'Failed: Fix it', body: 'shop', data: { path: '/s/a' } })
  const [shown] = await notifier.shown()
  expect(shown).toMatchObject({ kind: 'failed', seq: 8, sessionId: 'a' })
  shown?.close()
  expect(showing).toEqual([])
})

test('what a push has told of the same stays as it is, and what came since is told', async () => {
  const { notifier, showing } = browser({ permission: 'granted' })
  await notifier.show({ ...note, seq: 5, title: 'by the relay' })
  await notifier.show(note)
  expect(showing).toMatchObject([{ title: 'by the relay', data: { path: '/s/a?focus=decision' } }])
  await notifier.show({ ...note, seq: 9, after: 6 })
  expect(showing).toMatchObject([{ title: 'Needs you: Fix it', data: { seq: 9 } }])
})

test('a pressed notification leads to its address, and nothing else the worker says does', () => {
  const { notifier, target } = browser()
  const opened: string[] = []
  const deaf = notifier.onOpen((path) => opened.push(path))
  for (const data of [{ open: '/s/a' }, { open: 'https://evil.example' }, 'x', null])
    target.dispatchEvent(new MessageEvent('message', { data }))
  expect(opened).toEqual(['/s/a'])
  deaf()
  target.dispatchEvent(new MessageEvent('message', { data: { open: '/s/b' } }))
  expect(opened).toHaveLength(1)
})

test('what tabs show is known to all, until they look away or end', async () => {
  const { locks } = navigator
  const [one, two] = [openLooks(locks), openLooks(locks)]
  one.at('a')
  two.at('')
  await vi.waitFor(async () => expect((await one.places()).toSorted()).toEqual(['', 'a']))
  one.at('b')
  two.at(undefined)
  await vi.waitFor(async () => expect(await two.places()).toEqual(['b']))
  one.at(undefined)
  await vi.waitFor(async () => expect(await two.places()).toEqual([]))
})
