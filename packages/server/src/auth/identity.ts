/** Somebody who proved who they are: the name that goes into the log, and what the proof hangs on. */
export type Identity = { id: string; name: string; credentialId: string }
