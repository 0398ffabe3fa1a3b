import type { AgentMethod } from '@farhand/shared'
import { flushPromises, mount } from '@vue/test-utils'
import type { Component } from 'vue'
import { createRouter, createMemoryHistory } from 'vue-router'
import { CONVERSATION } from '../composables/useConversation.ts'
import { RELAY } from '../composables/useWebSocket.ts'
import type { Session } from '../composables/useSession.ts'
import { useProjectStore } from '../stores/projectStore.ts'
import { useTimelineStore } from '../stores/timelineStore.ts'
import { buildConversation } from './conversation.ts'
import { fakeRelay } from './world.ts'

export const PROJECT_ID = '00000000-0000-4000-8000-0000000000aa'
export const SESSION_ID = '00000000-0000-4000-8000-0000000000bb'
const AGENT_ID = '00000000-0000-4000-8000-0000000000cc'
const PLACES = ['/', '/s/:sessionId'].map((path, index) => ({
  path,
  name: ['home', 'session'][index] ?? '',
  component: { render: () => null },
}))

type PageParts = {
  props?: Record<string, unknown>
  /** What the machine answers. One that is left out is refused as if the agent did not know it. */
  machine?: Partial<Record<AgentMethod, (params: unknown) => unknown>>
  session?: Partial<Session>
  online?: boolean
  /** What stands in the message box is changed by this. */
  write?: (text: string) => void
}

/** One component as it stands in a page of a session, in the project `shop` at `/p` on the machine `studio`. */
export async function showOnPage(
  component: Component,
  { props = {}, machine = {}, session, online = true, write = () => {} }: PageParts = {},
) {
  const projects = useProjectStore()
  const seen = { agentId: AGENT_ID, online }
  projects.applySnapshot({
    project: { projectId: PROJECT_ID, name: 'shop', path: '/p', agentName: 'studio', ...seen },
    agent: { name: 'studio', since: 0, ...seen },
    sessions: [
      {
        sessionId: SESSION_ID,
        projectId: PROJECT_ID,
        title: 'Fix it',
        ...{ head: 1, running: 0, attention: 0, readUpTo: 1, createdAt: 0, updatedAt: 0 },
        ...{ archived: false, pinned: false },
      },
    ],
    requests: [],
  })
  const { relay, asked } = fakeRelay((event, payload) => {
    if (event !== 'ask_agent') return { ok: true }
    const { method, params } = payload as { method: AgentMethod; params: unknown }
    const answer = machine[method]
    if (answer === undefined) throw new Error(`nobody answers ${method}`)
    return { ok: true, result: answer(params) }
  })
  const router = createRouter({ history: createMemoryHistory(), routes: PLACES })
  await router.push({ name: 'session', params: { sessionId: SESSION_ID } })
  const conversation = { ...buildConversation(useTimelineStore().open(SESSION_ID), session), write }
  const wrapper = mount(component, {
    props,
    global: { plugins: [router], provide: { [RELAY]: relay, [CONVERSATION]: conversation } },
    attachTo: document.body,
  })
  await flushPromises()
  return { wrapper, router, asked, conversation, ...page() }
}

/** What stands on the page, in its dialogs too. */
function page() {
  const all = (selector: string): HTMLElement[] => [...document.body.querySelectorAll<HTMLElement>(selector)]
  const nameOf = (element: HTMLElement): string =>
    (element.getAttribute('aria-label') ?? element.textContent ?? '').trim()
  function button(name: string): HTMLButtonElement {
    const found = all('button').find((one) => nameOf(one) === name)
    if (!(found instanceof HTMLButtonElement))
      throw new Error(`no button ${name} among ${all('button').map(nameOf).join(' | ')}`)
    return found
  }
  return {
    text: (): string => (document.body.textContent ?? '').replace(/\s+/g, ' '),
    button,
    boxes: (): HTMLInputElement[] => all('input[type=checkbox]').filter((one) => one instanceof HTMLInputElement),
    async press(name: string): Promise<void> {
      button(name).click()
      await flushPromises()
    },
  }
}
