import type { Project, SessionSummary } from '@farhand/shared'
import { createPinia, setActivePinia } from 'pinia'
import { effectScope } from 'vue'
import { beforeEach, expect, test, vi } from 'vitest'
import { memoryDevice } from '../services/device.ts'
import { recallPerson, rememberPerson } from '../services/person.ts'
import { noTails, type Lists, type TailStorage } from '../services/tailStorage.ts'
import { useConnectionStore } from '../stores/connectionStore.ts'
import { useNoticeStore } from '../stores/noticeStore.ts'
import { useProjectStore } from '../stores/projectStore.ts'
import { fakeRelay, settle } from '../testing/world.ts'
import { wireDevice } from './wireDevice.ts'

const CONNECTED = { name: 'connected', since: 0 } as const
const PROJECT: Project = { projectId: 'p', name: 'shop', path: '/shop', agentId: 'a', agentName: 'box', online: true }
const SESSION: SessionSummary = {
  sessionId: 's',
  projectId: 'p',
  head: 3,
  running: 0,
  attention: 0,
  archived: false,
  pinned: false,
  readUpTo: 0,
  createdAt: 1,
  updatedAt: 1,
}

beforeEach(() => {
  setActivePinia(createPinia())
  localStorage.clear()
})

function start(tails: Partial<TailStorage> = {}, durable = true) {
  const fake = fakeRelay(() => ({ ok: true }))
  const connection = useConnectionStore()
  fake.relay.onStatus((status, welcome) => connection.setLink(status, welcome))
  const reload = vi.fn()
  const device = memoryDevice({ durable, tails: { ...noTails(), ...tails } })
  const scope = effectScope()
  const undo = scope.run(() => wireDevice(fake.relay, Promise.resolve(device), reload))
  return {
    ...fake,
    reload,
    close() {
      undo?.()
      scope.stop()
    },
  }
}

test('what a person saw last is listed before the relay answers, and only for that person', async () => {
  rememberPerson('owner')
  const lists: Lists = { projects: [PROJECT], sessions: [SESSION] }
  const asked: string[] = []
  const page = start({ loadLists: (person) => Promise.resolve(asked.push(person) ? lists : undefined) })
  await settle()
  expect(asked).toEqual(['owner'])
  expect(useProjectStore().groups.map(({ project, sessions }) => [project.name, sessions.length])).toEqual([
    ['shop', 1],
  ])
  page.close()
})

test('a login that has ended erases what was read and forgets who it was', async () => {
  rememberPerson('owner')
  const erase = vi.fn(() => Promise.resolve())
  const page = start({ loadLists: () => Promise.resolve({ projects: [PROJECT], sessions: [SESSION] }), erase })
  await settle()
  page.setStatus({ name: 'signed-out' })
  await settle()
  expect(erase).toHaveBeenCalledOnce()
  expect(recallPerson()).toBeUndefined()
  expect(useProjectStore().groups).toEqual([])
  page.close()
})

test('somebody else who signs in with this browser sees nothing of what a page of the other holds', async () => {
  rememberPerson('anna')
  const erase = vi.fn(() => Promise.resolve())
  const page = start({ erase })
  page.setStatus(CONNECTED) // the welcome is for `owner`
  await settle()
  expect(erase).toHaveBeenCalledOnce()
  expect(page.reload).toHaveBeenCalledOnce()
  expect(recallPerson()).toBe('owner')
  page.close()
})

test('[F74] a browser that keeps nothing says so once', async () => {
  const page = start({}, false)
  await settle()
  expect(useNoticeStore().text).toMatch(/keeps nothing after closing/)
  page.close()
})
