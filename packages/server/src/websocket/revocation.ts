import { FarhandError } from '@farhand/shared'
import type { Liveness } from '../auth/liveness.ts'
import { tokenCredential } from '../auth/login.ts'
import type { Answers } from '../http/identity.ts'
import type { Streams } from '../http/stream.ts'
import type { Logger } from '../logger.ts'
import { repeat } from '../repeat.ts'
import { sayGoodbye } from './goodbye.ts'
import type { AgentServer, BrowserServer } from './sockets.ts'
import type { Wires } from './wires.ts'

/** With what `liveness` remembers, nothing goes on for a second after its credential ended (CON6). */
const SWEEP_MS = 300
/** The goodbye gets this long to leave. Whoever has not taken it by then does not get what was written before it either. */
const PARTING_MS = 200

/** Closes connections whose credential ended: at once where it is told, within a second where another process did it. */
export type Revocation = {
  end(credentialId: string): void
  close(): void
}

type Connections = { browsers: BrowserServer; agents: AgentServer; streams: Streams; answers: Answers; wires: Wires }

export function startRevocation(options: Connections & { liveness: Liveness; logger: Logger }): Revocation {
  const { liveness, logger } = options
  let failing = false // told once, not three times a second

  async function sweep(): Promise<void> {
    const ended = await liveness.ended(credentialsOf(options))
    if (ended.size > 0) disconnect(options, ended)
    failing = false
  }

  const stop = repeat(sweep, {
    everyMs: SWEEP_MS,
    onError: (error) => {
      if (!failing) logger.warn({ err: error }, 'credentials could not be looked at')
      failing = true
    },
  })

  return {
    end: (credentialId) => {
      liveness.forget(credentialId)
      disconnect(options, new Set([credentialId]))
    },
    close: stop,
  }
}

function* credentialsOf({ browsers, agents, answers }: Connections): Generator<string> {
  for (const socket of browsers.of('/').sockets.values()) yield socket.data.credentialId
  for (const socket of agents.of('/').sockets.values()) yield tokenCredential(socket.data.tokenId)
  for (const answer of answers) yield answer.credentialId
}

function disconnect({ browsers, agents, streams, answers, wires }: Connections, ended: ReadonlySet<string>): void {
  const goodbye = new FarhandError('UNAUTHENTICATED')
  const people = [...browsers.of('/').sockets.values()].filter((socket) => ended.has(socket.data.credentialId))
  const machines = [...agents.of('/').sockets.values()].filter((socket) =>
    ended.has(tokenCredential(socket.data.tokenId)),
  )
  for (const socket of [...people, ...machines]) {
    sayGoodbye(socket, goodbye)
    socket.disconnect(true)
  }
  for (const stream of [...streams]) if (ended.has(stream.credentialId)) stream.end()
  setTimeout(() => {
    for (const socket of [...people, ...machines]) wires.cut(socket.conn)
    for (const answer of [...answers]) if (ended.has(answer.credentialId)) answer.cut()
  }, PARTING_MS).unref()
}
