import { noteKindSchema, type News } from '@farhand/shared'
import { z } from 'zod'

/** `insecure`: plain HTTP from another machine, where browsers have none. `missing`: this browser has none here. */
type NotePermission = 'granted' | 'denied' | 'default' | 'insecure' | 'missing'

/** A notification: what it is about, and its words. `after`: it is about something behind this place in the log. */
export type Note = News & { after: number; sessionId: string; title: string; body: string }
type ShownNote = News & { sessionId: string; close(): void }

/** The notifications of this browser. */
export type Notifier = {
  permission(): NotePermission
  /** Asks the person; only where they have just pressed something. */
  ask(): Promise<NotePermission>
  /** A session has one at a time: the newer replaces the older. What the relay has told of the same already stays. */
  show(note: Note): Promise<void>
  shown(): Promise<ShownNote[]>
  /** A person chose one: `listener` is given the address. Returns its undo. */
  onOpen(listener: (path: string) => void): () => void
}

export type NotifierHost = {
  isSecureContext: boolean
  Notification: Pick<typeof Notification, 'permission' | 'requestPermission'> | undefined
  workers: Pick<ServiceWorkerContainer, 'getRegistration' | 'addEventListener' | 'removeEventListener'> | undefined
}

const ICON = '/icons/icon-192.png'
const dataSchema = z.object({ kind: noteKindSchema, seq: z.number(), sessionId: z.string(), path: z.string() })
const openSchema = z.object({ open: z.string().startsWith('/') })

export function openNotifier(host: NotifierHost = browserHost()): Notifier {
  const registration = async () => host.workers?.getRegistration().catch(() => undefined)

  function permission(): NotePermission {
    if (!host.isSecureContext) return 'insecure'
    if (host.Notification === undefined || host.workers === undefined) return 'missing'
    return host.Notification.permission
  }

  return {
    permission,
    async ask() {
      if (permission() === 'default') await host.Notification?.requestPermission()
      return permission()
    },
    async show({ title, body, kind, seq, after, sessionId }) {
      if (permission() !== 'granted') return
      const tag = `session:${sessionId}`
      const worker = await registration()
      const there = (await worker?.getNotifications({ tag })) ?? []
      if (there.some(({ data }) => isNewer(dataSchema.safeParse(data).data, { kind, seq: after }))) return
      const data = { kind, seq, sessionId, path: pathOf(kind, sessionId) }
      const sound = kind === 'need' ? { renotify: true } : { silent: true }
      await worker?.showNotification(title, { body, data, tag, icon: ICON, ...sound })
    },
    async shown() {
      const notes = (await (await registration())?.getNotifications()) ?? []
      return notes.flatMap((note) => {
        const data = dataSchema.safeParse(note.data).data // another version of this page may have shown other ones
        return data === undefined ? [] : [{ ...data, close: () => note.close() }]
      })
    },
    onOpen(listener) {
      const onMessage = ({ data }: MessageEvent<unknown>): void => {
        const wanted = openSchema.safeParse(data).data
        if (wanted !== undefined) listener(wanted.open)
      }
      host.workers?.addEventListener('message', onMessage)
      return () => host.workers?.removeEventListener('message', onMessage)
    },
  }
}

function isNewer(one: News | undefined, { kind, seq }: News): boolean {
  return one !== undefined && one.kind === kind && one.seq > seq
}

/** A request has the focus at once. */
export function pathOf(kind: News['kind'], sessionId: string): string {
  return `/s/${encodeURIComponent(sessionId)}${kind === 'need' ? '?focus=decision' : ''}`
}

function browserHost(): NotifierHost {
  return {
    isSecureContext: globalThis.isSecureContext,
    Notification: 'Notification' in globalThis ? Notification : undefined,
    workers: 'serviceWorker' in navigator ? navigator.serviceWorker : undefined,
  }
}
