import { createRouter, createWebHistory, type Router } from 'vue-router'
import { useSessionStore } from './stores/session.ts'

declare module 'vue-router' {
  interface RouteMeta {
    title: string
    /** Shown without a profile, and without the shell. */
    bare?: boolean
  }
}

/** After a reload the rows come a moment later than the page: waits for them, but not for rows that are gone. */
async function tallEnough(height: number): Promise<void> {
  const deadline = performance.now() + 3000
  while (document.documentElement.scrollHeight < height - 1 && performance.now() < deadline) {
    await new Promise((resolve) => requestAnimationFrame(resolve))
  }
}

/** Loads the pages ahead of their use, so that going offline a moment later costs nothing. */
export function loadAllPages(router: Router): void {
  const load = () => {
    for (const { components } of router.getRoutes()) {
      const page: unknown = components?.default
      // A page that fails to load now is asked for again when somebody goes there, and says so then.
      if (typeof page === 'function') Promise.resolve(page()).catch((error: unknown) => console.info(error))
    }
  }
  if ('requestIdleCallback' in window) requestIdleCallback(load, { timeout: 5000 })
  else setTimeout(load, 1500)
}

export function createAppRouter(): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/', redirect: '/library' },
      {
        path: '/sign-in',
        component: () => import('./pages/SignInPage.vue'),
        meta: { title: 'Sign in', bare: true },
      },
      { path: '/library', component: () => import('./pages/LibraryPage.vue'), meta: { title: 'Library' } },
      { path: '/tunes/:id', component: () => import('./pages/TunePage.vue'), meta: { title: 'Tune' } },
      {
        path: '/playlists',
        component: () => import('./pages/PlaylistsPage.vue'),
        meta: { title: 'Playlists' },
      },
      {
        path: '/playlists/:spaceId',
        component: () => import('./pages/PlaylistPage.vue'),
        meta: { title: 'Playlist' },
      },
      {
        path: '/playlists/:spaceId/history',
        component: () => import('./pages/HistoryPage.vue'),
        meta: { title: 'History' },
      },
      {
        path: '/library/history',
        component: () => import('./pages/HistoryPage.vue'),
        meta: { title: 'History' },
      },
      {
        path: '/invite/:token',
        component: () => import('./pages/InvitePage.vue'),
        meta: { title: 'Invite' },
      },
      { path: '/import', component: () => import('./pages/ImportPage.vue'), meta: { title: 'Import' } },
      { path: '/trash', component: () => import('./pages/TrashPage.vue'), meta: { title: 'Trash' } },
      {
        path: '/conflicts',
        component: () => import('./pages/ConflictsPage.vue'),
        meta: { title: 'Conflicts' },
      },
      { path: '/settings', component: () => import('./pages/SettingsPage.vue'), meta: { title: 'Settings' } },
      {
        path: '/console',
        component: () => import('./pages/ConsolePage.vue'),
        meta: { title: 'SQL console' },
      },
      {
        path: '/:path(.*)*',
        component: () => import('./pages/NotFoundPage.vue'),
        meta: { title: 'Not found' },
      },
    ],
    scrollBehavior: async (to, _from, saved) => {
      if (!saved) return to.hash === '' ? { top: 0 } : { el: to.hash }
      await tallEnough(saved.top + window.innerHeight)
      return saved
    },
  })

  router.beforeEach((to) => {
    const session = useSessionStore()
    if (session.profile === undefined) {
      return to.meta.bare ? true : { path: '/sign-in', query: { next: to.fullPath } }
    }
    if (to.path === '/sign-in') return true
    // Whoever came in by a link from a mail goes where they were heading.
    return session.profile.kind === 'account' ? (session.takeNext() ?? true) : true
  })
  router.afterEach((to) => {
    document.title = `${to.meta.title} · Segue`
  })
  return router
}
