import './early.ts' // before all else: it is a file of its own, which comes first
import './fetchFirst.ts'
import '@fontsource-variable/inter/index.css'
import '@fontsource-variable/jetbrains-mono/index.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/markdown.css'
import './styles/code.css'
import './schemas.ts' // before all that makes one
import { prepareRouterMemory } from './services/routerMemory.ts'
import { soon } from './services/soon.ts'

void open()

/** Files of their own: the browser draws and hears the relay in between. `vite.config.ts` names them in the page's HTML. */
async function open(): Promise<void> {
  await import('./wire.ts')
  const { beginEarly } = await import('./services/headStart.ts')
  soon(() => {
    // The relay answers while the page is made, which takes longer. Who signs in has nothing to ask it for yet.
    if (location.pathname !== '/login') beginEarly()
    void openPage()
  })
}

async function openPage(): Promise<void> {
  prepareRouterMemory()
  await import('./page.ts')
  // Where it does not come, its place in the page says so.
  if (location.pathname.startsWith('/s/')) await import('./pages/SessionPage.vue').catch(() => undefined)
}
