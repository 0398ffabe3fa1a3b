/**
 * WHAT is said: commands, inputs, responses, entries, and the body of each kind of entry.
 * Types are inferred from the schemas. Unknown fields are dropped by readers, never refused, so fields may be added.
 */
export { OBSERVER_STATES, authorSchema, idSchema, seqSchema, timeSchema, type Author } from './basics.ts'
export * from './options.ts'
export * from './kinds.ts'
export * from './entries.ts'
export * from './claude.ts'
export * from './fromBrowser.ts'
export * from './toBrowser.ts'
export * from './fromAgent.ts'
export * from './toAgent.ts'
