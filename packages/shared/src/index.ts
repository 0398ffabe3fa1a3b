// What is said, and the body of each kind of entry.
export * from './types/messages.ts'
export * from './types/bodies.ts'
// How it is carried.
export type * from './types/websocket.ts'
// The rules: version, limits, errors, order, replay, resend.
export * from './protocols/communication.ts'
export * from './protocols/errors.ts'
export * from './protocols/cursor.ts'
export * from './protocols/outbox.ts'
export * from './protocols/subscriber.ts'
export * from './protocols/subscription.ts'
// What a person sees.
export type * from './timeline/timeline.ts'
export * from './timeline/reduce.ts'
export { canonicalJson } from './canonicalJson.ts'
