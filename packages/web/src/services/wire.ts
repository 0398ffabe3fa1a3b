import type { BrowserToServer, ServerToBrowser } from '@farhand/shared'

/** The two event maps, as one end of them asks and listens. */

export type Question = keyof BrowserToServer
export type PayloadOf<E extends Question> = Parameters<BrowserToServer[E]>[0]
export type AnswerOf<E extends Question> = Extract<Parameters<Parameters<BrowserToServer[E]>[1]>[0], { ok: true }>

export type RelayEvent = keyof ServerToBrowser
export type EventOf<E extends RelayEvent> = Parameters<ServerToBrowser[E]>[0]
