import './early.ts' // before all else: it is a file of its own, which comes first
import '@fontsource-variable/inter/index.css'
import '@fontsource-variable/jetbrains-mono/index.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/markdown.css'
import './styles/code.css'
import './schemas.ts' // before all that makes one
import { beginEarly } from './services/headStart.ts'

// The relay answers while the page is made, which takes longer. Who signs in has nothing to ask it for yet.
if (location.pathname !== '/login') beginEarly()

// A file of its own, so that the browser may draw and hear the relay in between.
void import('./page.ts')
