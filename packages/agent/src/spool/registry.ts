import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'

/** What this agent is called for ever: its own id, its projects' ids, and how often it has dialled. */
export type Registry = {
  agentId: string
  /** Grows with every attempt; it is on the disk before it is used (AG1). */
  nextConnNo(): number
  /** The id of a directory, by its real path. */
  projectId(path: string): string
}

export function openRegistry(db: DatabaseSync): Registry {
  const read = db.prepare('SELECT value FROM meta WHERE key = ?')
  const write = db.prepare(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  )
  const findProject = db.prepare('SELECT project_id FROM projects WHERE path = ?')
  const addProject = db.prepare('INSERT INTO projects (path, project_id) VALUES (?, ?)')

  const meta = (key: string): string | undefined => {
    const value = read.get(key)?.['value']
    return typeof value === 'string' ? value : undefined
  }

  return {
    agentId: meta('agent_id') ?? remember('agent_id', randomUUID()),
    nextConnNo: () => Number(remember('conn_no', String(Number(meta('conn_no') ?? '0') + 1))),
    projectId(path) {
      const known = findProject.get(path)?.['project_id']
      if (typeof known === 'string') return known
      const projectId = randomUUID()
      addProject.run(path, projectId)
      return projectId
    },
  }

  function remember(key: string, value: string): string {
    write.run(key, value)
    return value
  }
}
