import { setTimeout as sleep } from 'node:timers/promises'
import type { Tiers } from '../tiers.ts'
import { openClient } from './client.ts'

const PROJECT_MS = 30_000
const ASK_AGAIN_MS = 500

/** The agent's one project, as soon as the relay has heard of it. */
export async function onlyProject(tiers: Tiers): Promise<string> {
  const { promise: up, resolve } = Promise.withResolvers<void>()
  const silent = { down: () => {}, entries: () => {}, heads: () => {} }
  const client = openClient(tiers.url, () => Promise.resolve({ token: tiers.ownerToken }), { ...silent, up: resolve })
  try {
    await up
    for (const deadline = performance.now() + PROJECT_MS; performance.now() < deadline; await sleep(ASK_AGAIN_MS)) {
      const { projects } = await client.ask<{ projects: { projectId: string }[] }>('list_projects', {})
      const [project] = projects
      if (project !== undefined) return project.projectId
    }
    throw new Error('the agent did not register its project')
  } finally {
    client.close()
  }
}
