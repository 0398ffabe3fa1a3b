import { browserLoginsSchema, loginLinkSchema, type BrowserLogins, type LoginLink } from '@farhand/shared'
import { callRelay, post, readAnswer } from './api.ts'

/** Who is signed in at the relay, asked and changed by somebody who is. */
export type Logins = {
  list(): Promise<BrowserLogins>
  /** Its connections end at once. NOT_FOUND: it was signed out before. */
  end(loginId: string): Promise<void>
  endOthers(): Promise<void>
  /** A link that signs another device in, once. It takes the place of one that was made here before. */
  makeLink(): Promise<LoginLink>
}

export const relayLogins: Logins = {
  list: async () => browserLoginsSchema.parse(await readAnswer(await callRelay('GET', '/api/logins'))),
  end: async (loginId) => void (await readAnswer(await callRelay('DELETE', `/api/logins/${loginId}`))),
  endOthers: async () => void (await readAnswer(await callRelay('DELETE', '/api/logins'))),
  makeLink: async () => loginLinkSchema.parse(await post('/api/logins')),
}
