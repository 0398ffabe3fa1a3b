import '@fontsource-variable/inter/index.css'
import '@fontsource-variable/jetbrains-mono/index.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/markdown.css'
import './styles/code.css'
import './schemas.ts' // before all that makes one
import './pages/SessionDoor.vue' // before all that the shell is made of
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { router } from './router.ts'
import { keepShell } from './services/shell.ts'

createApp(App).use(createPinia()).use(router).mount('#app')
void keepShell()
