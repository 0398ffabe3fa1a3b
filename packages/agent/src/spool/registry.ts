import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'

/**
 * What this agent is called for ever: its own id, its projects' ids, and how often it has dialled. It stands in a file of
 * its own, beside the database: whoever loses the database may not lose these, or the relay would take the agent for a
 * stranger, or its next connection for an old one (AG1).
 */
export type Registry = {
  agentId: string
  /** Grows with every attempt; it is on the disk before it is used (AG1). */
  nextConnNo(): number
  /** The id of a directory, by its real path. */
  projectId(path: string): string
}

const IDENTITY_FILE = 'identity.json'
const PRIVATE_FILE = 0o600

const identitySchema = z.object({
  agentId: z.uuid(),
  connNo: z.int().nonnegative(),
  projects: z.record(z.string(), z.uuid()),
})
type Identity = z.infer<typeof identitySchema>

/**
 * @param older a database in which these stood before they had their own file
 * @throws Error in words where the file is there and can't be read: another identity is not for us to make up
 */
export function openRegistry(directory: string, older: DatabaseSync): Registry {
  const file = join(directory, IDENTITY_FILE)
  let identity = existsSync(file) ? read(file) : change(fromDatabase(older))

  function change(next: Identity): Identity {
    write(file, next)
    return next
  }

  return {
    agentId: identity.agentId,
    nextConnNo() {
      identity = change({ ...identity, connNo: identity.connNo + 1 })
      return identity.connNo
    },
    projectId(path) {
      const known = identity.projects[path]
      if (known !== undefined) return known
      const projectId = randomUUID()
      identity = change({ ...identity, projects: { ...identity.projects, [path]: projectId } })
      return projectId
    },
  }
}

function read(file: string): Identity {
  try {
    return identitySchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new Error(
      `${file} can't be read. Restore it from a backup, or remove it: then this machine registers anew, and its sessions so far stay readable but can't go on`,
      { cause },
    )
  }
}

/** A new file that takes the place of the old one: after a crash either of the two is there, whole. */
function write(file: string, identity: Identity): void {
  const fresh = `${file}.new`
  const handle = openSync(fresh, 'w', PRIVATE_FILE)
  try {
    writeSync(handle, `${JSON.stringify(identity, undefined, 2)}\n`)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
  renameSync(fresh, file)
  if (process.platform !== 'win32') sync(openSync(dirname(file), 'r'))
}

function sync(handle: number): void {
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

function fromDatabase(db: DatabaseSync): Identity {
  const meta = db.prepare('SELECT value FROM meta WHERE key = ?')
  const rows = z
    .array(z.object({ path: z.string(), project_id: z.string() }))
    .parse(db.prepare('SELECT path, project_id FROM projects').all())
  const agentId = z.uuid().safeParse(meta.get('agent_id')?.['value']).data
  return {
    agentId: agentId ?? randomUUID(),
    connNo: Number(meta.get('conn_no')?.['value'] ?? 0),
    projects: Object.fromEntries(rows.map(({ path, project_id }) => [path, project_id])),
  }
}
