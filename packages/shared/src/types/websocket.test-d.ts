import { expectTypeOf, test } from 'vitest'
import type { Socket as ClientSocket } from 'socket.io-client'
import type { Socket as ServerSocket } from 'socket.io'
import type {
  Ack,
  AgentSocketData,
  AgentToServer,
  BrowserSocketData,
  BrowserToServer,
  CommandAccepted,
  ServerToAgent,
  ServerToBrowser,
} from './websocket.ts'

type None = Record<never, never>
type BrowserAtServer = ServerSocket<BrowserToServer, ServerToBrowser, None, BrowserSocketData>
type AgentAtServer = ServerSocket<AgentToServer, ServerToAgent, None, AgentSocketData>
type Browser = ClientSocket<ServerToBrowser, BrowserToServer>
type Agent = ClientSocket<ServerToAgent, AgentToServer>

test('both ends of both paths are bound to the same maps, each the right way round', () => {
  expectTypeOf<Parameters<Browser['emit']>[0]>().toEqualTypeOf<keyof BrowserToServer>()
  expectTypeOf<Parameters<Agent['emit']>[0]>().toEqualTypeOf<keyof AgentToServer>()
  expectTypeOf<Parameters<BrowserAtServer['emit']>[0]>().toEqualTypeOf<keyof ServerToBrowser>()
  expectTypeOf<Parameters<AgentAtServer['emit']>[0]>().toEqualTypeOf<keyof ServerToAgent>()
})

test('an answer must be asked for its outcome before its fields can be read', () => {
  expectTypeOf<Ack<CommandAccepted>>().not.toHaveProperty('commandId')
  expectTypeOf<Extract<Ack<CommandAccepted>, { ok: true }>>().toHaveProperty('commandId').toEqualTypeOf<string>()
})

test('every request of a browser ends in an acknowledgement', () => {
  type LastIsAck<F> = F extends (payload: never, ack: infer A) => void
    ? A extends (answer: never) => void
      ? true
      : false
    : false
  expectTypeOf<
    { [K in keyof BrowserToServer]: LastIsAck<BrowserToServer[K]> }[keyof BrowserToServer]
  >().toEqualTypeOf<true>()
})
