import {
  claudeCodeOptionsSchema,
  idSchema,
  permissionModeSchema,
  type ImportableSession,
  type SettingBody,
} from '@farhand/shared'
import { z } from 'zod'
import type { SentAlong } from './useSession.ts'

/**
 * How a session begins that has no command yet. It stands in the address, so that a reload, a second tab and the way back begin
 * the very same.
 */
export type Beginning = {
  /** A conversation of Claude Code that it goes on with. */
  from?: {
    claudeSessionId: string
    workingDirectory: string
    title: string
    /** It goes its own way, and what it came from stays as it was. */
    fork: boolean
    /** Only what was said before this message goes along. */
    before?: string
    /** It is held in a worktree, and this is the branch of that. */
    branch?: string
  }
  worktree: boolean
  /** Model, mode and effort to begin with, where somebody chose them. */
  settings?: SettingBody
}

export const PLAIN: Beginning = { worktree: false }

const querySchema = z.object({
  from: idSchema,
  in: z.string().min(1).max(4096),
  title: z.string().max(400).catch(''),
  fork: z.literal('1').optional().catch(undefined),
  before: idSchema.optional().catch(undefined),
  branch: z.string().min(1).max(400).optional().catch(undefined),
})

const settingsSchema = z.object({
  model: claudeCodeOptionsSchema.shape.model.catch(undefined),
  mode: permissionModeSchema.exclude(['bypassPermissions']).optional().catch(undefined),
  effort: claudeCodeOptionsSchema.shape.effort.catch(undefined),
})

/** What an address says; what is damaged in it says nothing. Pure. */
export function readBeginning(query: Record<string, unknown>): Beginning {
  const plain = { worktree: query['worktree'] === '1', ...readSettings(query) }
  const read = querySchema.safeParse(query).data
  if (read === undefined) return plain
  const { from: claudeSessionId, in: workingDirectory, title, fork, before, branch } = read
  const from = {
    ...{ claudeSessionId, workingDirectory, title, fork: fork !== undefined },
    ...(before === undefined ? {} : { before }),
    ...(branch === undefined ? {} : { branch }),
  }
  return { from, ...plain }
}

/** That nothing is to be asked has to be chosen by a person each time, so no address says it. */
function readSettings(query: Record<string, unknown>): Pick<Beginning, 'settings'> {
  const { model, mode, effort } = settingsSchema.parse(query)
  const settings = {
    ...(model === undefined ? {} : { model }),
    ...(mode === undefined ? {} : { permissionMode: mode }),
    ...(effort === undefined ? {} : { effort }),
  }
  return Object.keys(settings).length === 0 ? {} : { settings }
}

/** Pure. */
export function writeBeginning({ from, worktree, settings = {} }: Beginning): Record<string, string> {
  return {
    ...(from === undefined ? {} : { from: from.claudeSessionId, in: from.workingDirectory, title: from.title }),
    ...(from?.fork === true ? { fork: '1' } : {}),
    ...(from?.before === undefined ? {} : { before: from.before }),
    ...(from?.branch === undefined ? {} : { branch: from.branch }),
    ...(worktree ? { worktree: '1' } : {}),
    ...(settings.model === undefined ? {} : { model: settings.model }),
    ...(settings.permissionMode === undefined ? {} : { mode: settings.permissionMode }),
    ...(settings.effort === undefined ? {} : { effort: settings.effort }),
  }
}

/** What the first message takes along. Pure. */
export function sentAtFirst({ from, worktree, settings }: Beginning): SentAlong {
  if (from === undefined) {
    return worktree || settings !== undefined ? { options: { ...settings, ...(worktree ? { worktree } : {}) } } : {}
  }
  const { claudeSessionId, workingDirectory, fork, before } = from
  return {
    workingDirectory,
    options: {
      ...settings,
      resume: claudeSessionId,
      ...(fork ? { fork } : {}),
      ...(before === undefined ? {} : { resumeBefore: before }),
    },
  }
}

export function beginWith(
  { claudeSessionId, workingDirectory, title }: ImportableSession,
  how: 'continue' | 'fork',
): Beginning {
  return { from: { claudeSessionId, workingDirectory, title, fork: how === 'fork' }, worktree: false }
}

/** Where Claude Code works, when it is a part of the project: later commands have to name it again. Pure. */
export function partOf(project: string | undefined, directory: string | undefined): string | undefined {
  if (project === undefined || directory === undefined || !isInside(project, directory)) return undefined
  return directory === project ? undefined : directory
}

/** Pure. */
export function isInside(root: string, path: string): boolean {
  const separator = root.includes('\\') ? '\\' : '/'
  return path === root || path.startsWith(root.endsWith(separator) ? root : root + separator)
}
