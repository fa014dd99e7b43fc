import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

/** Paths that belong to the server: the offline shell never answers for them. */
const SERVER_PATHS = [/^\/auth\//, /^\/rest\//, /^\/realtime\//, /^\/mailbox/, /^\/segue-config\.json/]

export default defineConfig({
  base: '/',
  plugins: [
    vue(),
    tailwindcss(),
    VitePWA({
      registerType: 'autoUpdate',
      injectRegister: false,
      includeAssets: ['icon.svg', 'theme.js'],
      manifest: {
        name: 'Segue',
        short_name: 'Segue',
        description: 'Tune lists for musicians: yours offline, shared with your band.',
        start_url: '/',
        display: 'standalone',
        theme_color: '#1d6b57',
        background_color: '#fbfbfa',
        icons: [
          { src: '/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
          { src: '/icon-maskable.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'maskable' },
        ],
      },
      workbox: {
        globPatterns: ['**/*.{js,css,html,svg,wasm,webmanifest,woff2}'],
        maximumFileSizeToCacheInBytes: 6 * 1024 * 1024,
        navigateFallback: 'index.html',
        navigateFallbackDenylist: SERVER_PATHS,
        cleanupOutdatedCaches: true,
        // A new version takes over at once; open pages hear of it and offer a reload.
        skipWaiting: true,
        clientsClaim: true,
      },
    }),
  ],
  build: {
    outDir: 'dist',
    target: 'es2023',
    // light-dark() carries both themes; these are the first versions that know it.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    chunkSizeWarningLimit: 900,
    // Quill's delta asks whether there is a CommonJS `module` before it uses it.
    rolldownOptions: { checks: { commonJsVariableInEsm: false } },
  },
  optimizeDeps: {
    // Pages load lazily: found one by one, each of these would reload the development page once.
    include: [
      '@lucide/vue',
      '@supabase/supabase-js',
      '@vueuse/core',
      'drizzle-orm',
      'drizzle-orm/sql-js',
      'drizzle-orm/sqlite-core',
      'fractional-indexing',
      'pinia',
      'quill-cursors/core',
      'quill-next/dist/blots/embed.js',
      'quill-next/dist/core.js',
      'quill-next/dist/formats/bold.js',
      'quill-next/dist/formats/italic.js',
      'quill-next/dist/formats/link.js',
      'quill-next/dist/formats/list.js',
      'quill-next/dist/modules/clipboard.js',
      'reka-ui',
      'sortablejs',
      'sql.js',
      'uuid',
      'vue',
      'vue-router',
      'yjs',
    ],
  },
  server: {
    // The embedded backend keeps its data below .segue: never serve it, never reload because of it.
    fs: { deny: ['.env', '.env.*', '*.{crt,pem}', '**/.git/**', '**/.segue/**'] },
    watch: { ignored: ['**/.segue/**', '**/test-results/**'] },
  },
})
