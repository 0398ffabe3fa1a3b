import { Readable, Writable } from 'node:stream'
import { client, ndJsonStream, type ClientContext, type Stream } from '@agentclientprotocol/sdk'
import type { Program } from '../driver/driver.ts'
import type { Lifeline } from '../process/lifeline.ts'
import { MAX_LINE_BYTES, type MalformedLine } from '../process/lines.ts'
import { startProcess, type OwnProcess, type PressingSignal } from '../process/process.ts'
import { permissionSchema, type Permission } from './messages.ts'
import type { Choice } from './permission.ts'

/** An ACP agent's process, and the protocol over its standard input and output. */
export type Connection = {
  process: OwnProcess
  /** Calls the agent. Rejects with a `RequestError` where it refuses, and otherwise where it is gone. */
  agent: ClientContext
}

export type ConnectionEvents = {
  /** `params` of a `session/update` as they came, in order with the agent's answers. */
  update(params: unknown): void
  asked(permission: Permission, signal: AbortSignal): Promise<Choice>
  malformed(line: MalformedLine): void
  pressed?(signal: PressingSignal): void
}

/** Nothing of this throws later: what goes wrong is told by the end of the process. */
export function connect(
  launch: Program & { cwd: string; marker: string; lifeline?: Lifeline | undefined },
  events: ConnectionEvents,
): Connection {
  const { executable, args = [], cwd, env, marker, lifeline } = launch
  const process = startProcess(
    { command: executable, args: [...args], cwd, env },
    {
      marker,
      lifeline,
      isMessage: (value) => 'jsonrpc' in value && value.jsonrpc === '2.0',
      onMalformed: events.malformed,
      ...(events.pressed === undefined ? {} : { onPressed: events.pressed }),
    },
  )
  const { agent } = client({ name: 'farhand' })
    .onRequest('session/request_permission', permissionSchema, async ({ params, signal }) => ({
      outcome: await events.asked(params, signal),
    }))
    .connect(updatesApart(streamOver(process.spawned), events.update))
  return { process, agent }
}

function streamOver({ stdin, stdout }: OwnProcess['spawned']): Stream {
  const output = Writable.toWeb(stdin)
  const input = Readable.toWeb(stdout)
  return ndJsonStream(output, input, { maxMessageBytes: MAX_LINE_BYTES })
}

/**
 * The SDK handles notifications beside answers, so that the last words of a turn could come after its end; and it drops
 * updates of a kind that it does not know. So they are taken out on their way to it.
 */
function updatesApart({ readable, writable }: Stream, update: (params: unknown) => void): Stream {
  const apart = new TransformStream<unknown, never>({
    transform(message, controller) {
      if (isUpdate(message)) update(message.params)
      else controller.enqueue(message as never)
    },
  })
  return { readable: readable.pipeThrough(apart), writable }
}

function isUpdate(message: unknown): message is { params: unknown } {
  return typeof message === 'object' && message !== null && 'method' in message && message.method === 'session/update'
}
