import type { BrowserLogin, BrowserLogins } from '@farhand/shared'
import { onScopeDispose, readonly, ref, shallowRef } from 'vue'
import { asFarhandError } from '../../services/api.ts'
import type { Logins } from '../../services/logins.ts'
import { deviceTexts as texts } from '../../texts/devices.ts'

/** The browsers that are signed in, kept up to date by each change. `said`: what happened last, in words. */
export function useLogins(api: Logins) {
  const known = shallowRef<BrowserLogins>()
  const said = ref('')
  const problem = ref('')
  const busy = ref(false)
  let asked = 0
  onScopeDispose(() => (asked = -1))

  /** A door: every refusal becomes words. Answers whether it was done. */
  async function attempt(work: () => Promise<void>): Promise<boolean> {
    problem.value = ''
    try {
      await work()
      return true
    } catch (error) {
      problem.value = asFarhandError(error).message
      return false
    }
  }

  async function load(): Promise<void> {
    asked += 1
    const mine = asked
    const list = await api.list()
    if (mine === asked) known.value = list
  }

  async function change(work: () => Promise<void>, done: string): Promise<void> {
    busy.value = true
    said.value = ''
    if (await attempt(work)) said.value = done
    const refused = problem.value
    if ((await attempt(load)) && refused !== '') problem.value = refused
    busy.value = false
  }

  return {
    known,
    busy: readonly(busy),
    said: readonly(said),
    problem: readonly(problem),
    reload: () => attempt(load),
    end: (login: BrowserLogin) => change(() => api.end(login.loginId), texts.signedOut(nameOf(login))),
    endOthers: () => change(() => api.endOthers(), texts.signedOutOthers),
  }
}

export function nameOf({ device = texts.unknown, name }: BrowserLogin): string {
  return name === DEFAULT_NAME ? device : texts.of(name, device)
}

/** Says nothing where everybody has it. */
const DEFAULT_NAME = 'Owner'
