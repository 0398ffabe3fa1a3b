import { MAX_RESPONSES_PER_MESSAGE, type CommandResponse } from '@farhand/shared'
import { PlainResponses, plainResponses } from './responses.ts'
import type { AgentSocket } from './sockets.ts'

/** An event of Socket.IO, as its text begins and as it goes on from there. */
const EVENT = 2
const NAME = 'command_response'
const BEGINNING = `${EVENT}["${NAME}",`
/** What is longer than this is little beside what it holds. */
const MERGED_CHARACTERS = 64 * 1024

/**
 * What an agent said in several messages that were read together is taken as if it had said it in one: a message costs more
 * on its way through here than a response in it. Only what is plainly right, so that each message answers for its own faults.
 * Once per socket, when it opens.
 */
export function mergeResponses(socket: AgentSocket): void {
  const decoder = decoderOf(socket)
  const decode = decoder.add.bind(decoder)
  let merged: CommandResponse[] = []
  let characters = 0

  function tell(): void {
    if (merged.length === 0) return
    const data = [NAME, new PlainResponses(merged)]
    merged = []
    characters = 0
    decoder.emit('decoded', { type: EVENT, nsp: '/', data })
  }

  function merge(responses: readonly CommandResponse[], length: number): void {
    if (merged.length + responses.length > MAX_RESPONSES_PER_MESSAGE || characters + length > MERGED_CHARACTERS) tell()
    if (merged.length === 0) process.nextTick(tell)
    merged.push(...responses)
    characters += length
  }

  decoder.add = (message) => {
    if (typeof message === 'string' && message.startsWith(BEGINNING)) {
      const responses = responsesIn(message)
      if (responses !== undefined) return merge(responses, message.length)
    }
    tell() // what came before it comes first
    decode(message)
  }
}

/** Undefined where it is not plainly right: Socket.IO and the schema have the word then. Throws as Socket.IO's own would. */
function responsesIn(message: string): CommandResponse[] | undefined {
  const event: unknown = JSON.parse(message.slice(1))
  return Array.isArray(event) && event.length === 2 ? plainResponses(event[1]) : undefined
}

type Decoder = { add(message: unknown): void; emit(event: 'decoded', packet: object): unknown }

/** Socket.IO's own, which its types leave out. */
function decoderOf({ client }: AgentSocket): Decoder {
  const decoder: unknown = Reflect.get(client, 'decoder')
  if (!isDecoder(decoder)) throw new Error('this version of Socket.IO decodes in another way')
  return decoder
}

function isDecoder(value: unknown): value is Decoder {
  return typeof value === 'object' && value !== null && 'add' in value && 'emit' in value
}
