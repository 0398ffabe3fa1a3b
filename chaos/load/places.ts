import { setTimeout as sleep } from 'node:timers/promises'
import type { Tiers } from '../tiers.ts'
import { openClient } from './client.ts'

/** A session, and on which machine it is: a number from 0, its project, and the directory of that. */
export type Place = { sessionId: string; machine: number; projectId: string; directory: string }

type Listed = { projectId: string; agentName: string }

const PROJECTS_MS = 30_000
const ASK_AGAIN_MS = 500

/** Deals sessions out to the machines, one after the other, as soon as the relay has heard of the projects of all. */
export async function placesOf(tiers: Tiers, sessionIds: readonly string[]): Promise<Place[]> {
  const projects = await projectsOf(tiers)
  return sessionIds.map((sessionId, index) => {
    const machine = index % tiers.machines.length
    const { projectId = '' } = projects[machine] ?? {}
    return { sessionId, machine, projectId, directory: tiers.machines[machine]?.project ?? '' }
  })
}

/** In the order of the machines. */
async function projectsOf(tiers: Tiers): Promise<Listed[]> {
  const { promise: up, resolve } = Promise.withResolvers<void>()
  const silent = { down: () => {}, entries: () => {}, heads: () => {} }
  const client = openClient(tiers.url, () => Promise.resolve({ token: tiers.ownerToken }), { ...silent, up: resolve })
  try {
    await up
    for (const deadline = performance.now() + PROJECTS_MS; performance.now() < deadline; await sleep(ASK_AGAIN_MS)) {
      const { projects } = await client.ask<{ projects: Listed[] }>('list_projects', {})
      const found = tiers.machines.flatMap(({ name }) => projects.find(({ agentName }) => agentName === name) ?? [])
      if (found.length === tiers.machines.length) return found
    }
    throw new Error('not every agent registered its project')
  } finally {
    client.close()
  }
}
