import { createRouter, createWebHistory, type Router } from 'vue-router'
import ShellLayout from './components/shell/ShellLayout.vue'
import HomePage from './pages/HomePage.vue'
import SessionDoor from './pages/SessionDoor.vue'

export function createPageRouter(): Router {
  return createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/login', name: 'login', component: () => import('./pages/LoginPage.vue') },
      {
        path: '/',
        component: ShellLayout,
        children: [
          { path: '', name: 'home', component: HomePage },
          // `?project=` opens a session that does not exist yet: its first command does.
          { path: 's/:sessionId', name: 'session', component: SessionDoor },
          { path: 'status', name: 'status', component: () => import('./pages/StatusPage.vue') },
        ],
      },
      { path: '/:rest(.*)*', redirect: '/' },
    ],
  })
}
