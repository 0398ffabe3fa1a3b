import type { Methods } from '../machine/machine.ts'
import type { AcpCoder } from './coder.ts'

/**
 * What a page asks of Claude Code, answered for an ACP agent: what it offered in its sessions so far. Conversations of Claude
 * Code that this machine has are none of its own.
 */
export function acpMethods({
  offered,
}: AcpCoder): Pick<Methods, 'models.list' | 'commands.list' | 'sessions.importable'> {
  return {
    'models.list': () => Promise.resolve({ models: offered().models }),
    'commands.list': () => Promise.resolve({ commands: offered().commands }),
    'sessions.importable': () => Promise.resolve({ sessions: [], truncated: false }),
  }
}
