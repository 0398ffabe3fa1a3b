import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { beginTurns } from './composables/useTurn.ts'
import { timeOfDay } from './format/time.ts'
import { createPageRouter } from './router.ts'
import { keepShell } from './services/shell.ts'
import { soon } from './services/soon.ts'

// Not in the task that read this file: what the relay has said by now is heard in between.
soon(() => {
  beginTurns()
  createApp(App).use(createPinia()).use(createPageRouter()).mount('#app')
  void keepShell()
  // The first one takes as long as many rows, and a third of that is to find out about languages at all.
  soon(() => new Intl.Locale('en').maximize())
  soon(() => timeOfDay(0))
})
