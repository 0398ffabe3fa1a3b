import { pushStateSchema, pushTestSchema, type NoteKind, type PushOutcome, type PushState } from '@farhand/shared'
import { callRelay, post, readAnswer } from './api.ts'

/** Being told while no tab is open: by the relay, through this browser's push service. */
export type Push = {
  /** What the relay says; undefined where this browser has no push service for this page. */
  read(): Promise<PushState | undefined>
  /**
   * Has the browser and the relay agree that it is told of these kinds, as far as they do not yet.
   * @throws DOMException of the browser that does not subscribe, FarhandError of the relay
   */
  agree(kinds: readonly NoteKind[]): Promise<PushState | undefined>
  /** Neither knows of the other any more. */
  leave(): Promise<void>
  /** The browser's half of that, where the relay has forgotten it by itself. */
  forget(): Promise<void>
  test(): Promise<PushOutcome>
}

export type PushHost = { workers: Pick<ServiceWorkerContainer, 'getRegistration'> | undefined }

const PATH = '/api/push'
/** The relay waits for the push service as long. */
const TEST_TIMEOUT_MS = 15_000

export function openPush(host: PushHost = { workers: navigator.serviceWorker }): Push {
  async function manager(): Promise<PushManager | undefined> {
    const registration = await host.workers?.getRegistration().catch(() => undefined)
    return registration?.pushManager
  }

  const ask = async () => pushStateSchema.parse(await readAnswer(await callRelay('GET', PATH)))

  async function forget(): Promise<void> {
    await (await (await manager())?.getSubscription())?.unsubscribe()
  }

  return {
    read: async () => ((await manager()) === undefined ? undefined : await ask()),
    agree: async (kinds) => {
      const pushes = await manager()
      if (pushes === undefined) return undefined
      const state = await ask()
      if (state.publicKey === undefined) return state
      const subscription = await subscribe(pushes, state.publicKey)
      if (isAgreed(state, subscription.endpoint, kinds)) return state
      const content = { body: JSON.stringify({ subscription, kinds }), type: 'application/json' }
      return pushStateSchema.parse(await readAnswer(await callRelay('PUT', PATH, content)))
    },
    leave: async () => {
      await readAnswer(await callRelay('DELETE', PATH))
      await forget()
    },
    forget,
    test: async () => {
      const signal = AbortSignal.timeout(TEST_TIMEOUT_MS)
      return pushTestSchema.parse(await post(`${PATH}/test`, {}, signal)).outcome
    },
  }
}

/** The one that there is, unless it is for another relay, or for this one before it had other keys. */
async function subscribe(pushes: PushManager, publicKey: string): Promise<PushSubscription> {
  const known = await pushes.getSubscription()
  const key = known?.options.applicationServerKey
  if (known !== null && key instanceof ArrayBuffer && toBase64Url(key) === publicKey) return known
  await known?.unsubscribe()
  return await pushes.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey })
}

function isAgreed({ here }: PushState, endpoint: string, kinds: readonly NoteKind[]): boolean {
  return here?.endpoint === endpoint && here.kinds.toSorted().join() === kinds.toSorted().join()
}

function toBase64Url(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
