import { basename } from 'node:path'
import type { RegisteredProject } from '@farhand/shared'
import type { Registry } from '../spool/registry.ts'

/** The directories that are served in this run of the agent. */
export type Projects = {
  list(): RegisteredProject[]
  /** The real path of a served project. */
  rootOf(projectId: string): string | undefined
}

/** Gives every directory the id that it had before, or a new one. A directory's name is what people see. */
export function openProjects(paths: readonly string[], registry: Registry): Projects {
  const projects = paths.map((path) => ({
    projectId: registry.projectId(path),
    name: (basename(path) || path).slice(0, MAX_NAME_LENGTH),
    path,
  }))
  const roots = new Map(projects.map(({ projectId, path }) => [projectId, path]))
  return {
    list: () => projects,
    rootOf: (projectId) => roots.get(projectId),
  }
}

const MAX_NAME_LENGTH = 200
