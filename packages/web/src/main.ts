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

/** Files of their own, each in a task of its own: the browser draws and hears the relay in between. */
async function open(): Promise<void> {
  await ownTask()
  await import('./wire.ts')
  await ownTask()
  const { beginEarly } = await import('./services/headStart.ts')
  await ownTask()
  // The relay answers while the page is made, which takes longer. Who signs in has nothing to ask it for yet.
  if (location.pathname !== '/login') beginEarly()
  prepareRouterMemory()
  await import('./page.ts')
  // Where it does not come, its place in the page says so.
  if (location.pathname.startsWith('/s/')) await import('./pages/SessionPage.vue').catch(() => undefined)
}

/** What is there already would be evaluated in the task that asks for it. */
function ownTask(): Promise<void> {
  return new Promise(soon)
}
