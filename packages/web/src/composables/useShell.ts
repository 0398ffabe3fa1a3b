import { useMediaQuery } from '@vueuse/core'
import { inject, provide, ref, type InjectionKey, type Ref } from 'vue'

/** What pages may ask of the frame around them. `wide`: the list of sessions stands beside the page. */
export type Shell = { wide: Readonly<Ref<boolean>>; listOpen: Ref<boolean> }

const SHELL: InjectionKey<Shell> = Symbol('shell')

/** Narrower than this there is one column, and the list of sessions is a sheet. */
const WIDE = '(min-width: 768px)'

export function provideShell(): Shell {
  const shell = { wide: useMediaQuery(WIDE), listOpen: ref(false) }
  provide(SHELL, shell)
  return shell
}

export function useShell(): Shell {
  const shell = inject(SHELL)
  if (shell === undefined) throw new Error('useShell is for components inside the shell')
  return shell
}
