import { basename } from 'node:path'
import { FarhandError, type AnsweredBy, type OfferedCommand, type OfferedModel } from '@farhand/shared'
import type { Coder } from '../driver/driver.ts'
import { findProgram } from '../process/program.ts'
import { CONVERSATION_PREFIX, startAcp, type Self } from './driver.ts'
import type { Initialized } from './messages.ts'
import { offeredModels } from './settings.ts'

/** Any agent that speaks the Agent Client Protocol on its standard input and output. */
export type AcpCoder = Coder & {
  met(initialized: Initialized): AnsweredBy
  /** What it offered when it last said so. Before its first session that is nothing. */
  offered(): { commands: OfferedCommand[]; models: OfferedModel[] }
}

/** @param command the program and its arguments, as somebody named them at this machine */
export function acpCoder(command: readonly string[], env: Readonly<Record<string, string>>): AcpCoder {
  const [program = '', ...args] = command
  let name = basename(program)
  let offered: ReturnType<AcpCoder['offered']> = { commands: [], models: [] }
  const self: Self = {
    name: () => name,
    codes: { notFound: 'ACP_NOT_FOUND', exit: 'ACP_EXIT', noResult: 'ACP_EXIT', protocol: 'ACP_PROTOCOL' },
    met({ agentInfo }) {
      name = (agentInfo?.title ?? agentInfo?.name ?? name).slice(0, MAX_NAME_LENGTH)
      const version = agentInfo?.version?.slice(0, MAX_NAME_LENGTH)
      return { name, ...(version === undefined ? {} : { version }) }
    },
    offers(translation) {
      const commands = translation.commands.map(({ name: command, description, input }) => ({
        name: command,
        description: description ?? '',
        builtin: false,
        ...(input?.hint == null ? {} : { argumentHint: input.hint }),
      }))
      offered = { commands, models: offeredModels(translation) }
    },
  }
  return {
    ...self,
    offered: () => offered,
    owns: (conversationId) => conversationId.startsWith(CONVERSATION_PREFIX),
    abilities: { rewind: false, takeOver: false },
    program() {
      const executable = findProgram(program, env['PATH'] ?? '')
      if (executable !== undefined) return { executable, args, env }
      const message = `${program} was not found. Install it, or correct --acp (ACP_COMMAND).`
      throw new FarhandError('ACP_NOT_FOUND', message)
    },
    start: (launch, events) => startAcp(launch, events, self),
  }
}

const MAX_NAME_LENGTH = 100
