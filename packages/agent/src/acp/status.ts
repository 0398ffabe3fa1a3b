import { FarhandError, type ClaudeStatus } from '@farhand/shared'
import { PATIENCE } from '../process/process.ts'
import type { AcpCoder } from './coder.ts'
import { connect, type Connection } from './connection.ts'
import { initialize } from './opening.ts'

/** It is asked at each start of the agent, and whenever somebody wants to know. */
const ASK_MS = 30_000
const MAX_MESSAGE_LENGTH = 1000

/** Starts it, asks it who it is, and ends it. Never throws: what is wrong is in `problem`. */
export async function checkAcp(coder: AcpCoder, place: { cwd: string; marker: string }): Promise<ClaudeStatus> {
  let connection: Connection | undefined
  try {
    const program = coder.program()
    connection = connect({ ...program, ...place }, { update() {}, asked: NOBODY, malformed() {} })
    const answeredBy = coder.met(await initialize(connection.agent, ASK_MS))
    const { version } = answeredBy
    return { executable: program.executable, answeredBy, ...(version === undefined ? {} : { version }) }
  } catch (error) {
    return { answeredBy: { name: coder.name() }, problem: await problemOf(error, coder, connection) }
  } finally {
    await connection?.process.end('ask', PATIENCE)
  }
}

const NOBODY = (): Promise<{ outcome: 'cancelled' }> => Promise.resolve({ outcome: 'cancelled' })

async function problemOf(
  error: unknown,
  { name }: AcpCoder,
  connection: Connection | undefined,
): Promise<NonNullable<ClaudeStatus['problem']>> {
  if (error instanceof FarhandError) return { code: error.code, message: told(`${name()}: ${error.message}`) }
  const exit = await connection?.process.end('ask', PATIENCE)
  const said = exit?.failure ?? exit?.stderr ?? ''
  return {
    code: 'ACP_NOT_FOUND',
    message: told(`${name()} does not start: ${said === '' ? 'it ended at once' : said}`),
  }
}

function told(message: string): string {
  return message.slice(0, MAX_MESSAGE_LENGTH)
}
