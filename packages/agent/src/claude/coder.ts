import type { Coder, Program } from '../driver/driver.ts'
import { startDriver } from './driver.ts'
import { CLAUDE_CODE } from './outcome.ts'

/** @param program where it is now, and what it gets to see */
export function claudeCoder(program: () => Program): Coder {
  return {
    ...CLAUDE_CODE,
    owns: (conversationId) => !IS_OF_ANOTHER.test(conversationId),
    abilities: { rewind: true, takeOver: true },
    program,
    start: startDriver,
  }
}

/** Claude Code's own are UUIDs; what another coding agent calls a conversation has a name in front. */
const IS_OF_ANOTHER = /^[a-z]+:/
