import type { AgentPresence, Attention, Project, ProjectSnapshot, ProjectUpdate, SessionSummary } from '@farhand/shared'
import { defineStore } from 'pinia'
import { computed, ref, shallowReactive } from 'vue'
import { compareNames } from '../format/text.ts'

export type ProjectGroup = { project: Project; agent: AgentPresence | undefined; sessions: SessionSummary[] }

/** Projects, the machines that serve them, their sessions, and the requests that wait for a person. */
export const useProjectStore = defineStore('projects', () => {
  const projects = shallowReactive(new Map<string, Project>())
  const agents = shallowReactive(new Map<string, AgentPresence>())
  const sessions = shallowReactive(new Map<string, SessionSummary>())
  const requests = openRequests()
  /** The relay has said which projects there are; until then they are what this device kept. */
  const listed = ref(false)
  /** And what is in them. What this device kept is shown at once, what is new together, so that nothing is pushed away. */
  const told = ref(false)

  const groups = computed<ProjectGroup[]>(() =>
    [...projects.values()].toSorted((a, b) => compareNames(a.name, b.name)).map(groupOf),
  )
  const waiting = computed(() => [...sessions.values()].filter((session) => session.attention > 0 && !session.archived))
  /** Requests that wait for a person, in all sessions. */
  const waitingCount = computed(() => waiting.value.reduce((sum, session) => sum + session.attention, 0))

  const groupOf = (project: Project): ProjectGroup => ({
    project,
    agent: agents.get(project.projectId),
    sessions: sessionsOf(project.projectId),
  })

  const sessionsOf = (projectId: string): SessionSummary[] =>
    [...sessions.values()].filter((session) => session.projectId === projectId).toSorted(byActivity)

  const isOnline = (projectId: string): boolean =>
    agents.get(projectId)?.online ?? projects.get(projectId)?.online ?? false

  /** Answers the sessions of projects that are not listed any more. */
  function applyList(list: readonly Project[]): string[] {
    const listed = new Set(list.map((project) => project.projectId))
    const lost = [...sessions.values()].filter((session) => !listed.has(session.projectId))
    for (const projectId of projects.keys()) if (!listed.has(projectId)) forgetProject(projectId)
    for (const project of list) projects.set(project.projectId, project)
    return lost.map((session) => session.sessionId)
  }

  /** What was seen last, until the relay says what there is. */
  function restore(list: readonly Project[], summaries: readonly SessionSummary[]): void {
    if (projects.size > 0) return
    applyList(list)
    told.value = list.length > 0
    for (const session of summaries) applySession(session)
  }

  function applySnapshot(snapshot: ProjectSnapshot): void {
    const { projectId } = snapshot.project
    projects.set(projectId, snapshot.project)
    agents.set(projectId, snapshot.agent)
    for (const session of sessionsOf(projectId)) forgetSession(session.sessionId)
    for (const session of snapshot.sessions) applySession(session)
    for (const request of snapshot.requests) requests.apply(request)
  }

  function applyUpdate({ projectId, agent, session, attention }: ProjectUpdate): void {
    if (agent !== undefined) agents.set(projectId, agent)
    if (session !== undefined) applySession(session)
    if (attention !== undefined) requests.apply(attention)
  }

  function applySession(session: SessionSummary): void {
    if (session.deleted === true) forgetSession(session.sessionId)
    else sessions.set(session.sessionId, session)
  }

  function forgetSession(sessionId: string): void {
    sessions.delete(sessionId)
    requests.forget(sessionId)
  }

  function forgetProject(projectId: string): void {
    for (const session of sessionsOf(projectId)) forgetSession(session.sessionId)
    agents.delete(projectId)
    projects.delete(projectId)
  }

  function clear(): void {
    for (const map of [projects, agents, sessions, requests]) map.clear()
    listed.value = told.value = false
  }

  return {
    projects,
    agents,
    sessions,
    groups,
    listed,
    told,
    waiting,
    waitingCount,
    isOnline,
    oldestRequest: requests.oldest,
    applyList,
    restore,
    applySnapshot,
    applyUpdate,
    clear,
  }
})

function openRequests() {
  const byKey = shallowReactive(new Map<string, Attention>())

  /** Where the oldest open request of a session stands in the log. */
  function oldest(sessionId: string): number | undefined {
    const open = [...byKey.values()].filter((request) => request.sessionId === sessionId)
    return open.length === 0 ? undefined : Math.min(...open.map((request) => request.seq))
  }

  function apply(request: Attention): void {
    const id = `${request.sessionId}/${request.key}`
    if (request.state === 'open') byKey.set(id, request)
    else byKey.delete(id)
  }

  function forget(sessionId: string): void {
    for (const [id, request] of byKey) if (request.sessionId === sessionId) byKey.delete(id)
  }

  return { oldest, apply, forget, clear: () => byKey.clear() }
}

function byActivity(a: SessionSummary, b: SessionSummary): number {
  return Number(b.pinned) - Number(a.pinned) || b.updatedAt - a.updatedAt
}
