import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { build, type Plugin, preview } from 'vite'
import type { PeerFile } from './peers.ts'

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Bundles the page in which peers work, as an app is bundled. */
export async function buildPage(files: readonly PeerFile[], outDir: string): Promise<void> {
  await build({
    configFile: false,
    root: pathOf('page'),
    logLevel: 'error',
    plugins: [vue(), wantedPeers(files)],
    resolve: {
      alias: [
        {
          // What it gives to bundlers imports WASM as a module, which needs a plugin.
          find: /^@automerge\/automerge$/,
          replacement: pathOf(
            '../peers/node_modules/@automerge/automerge/dist/mjs/entrypoints/fullfat_base64.js',
          ),
        },
      ],
    },
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, target: 'esnext', chunkSizeWarningLimit: 10_000 },
  })
}

/** Serves what was built; a page is isolated, so that its clock ticks every few microseconds and not every hundred. */
export async function servePage(outDir: string): Promise<{ url: string; close(): Promise<void> }> {
  const server = await preview({
    configFile: false,
    root: pathOf('page'),
    logLevel: 'warn',
    build: { outDir },
    preview: {
      port: 0,
      host: '127.0.0.1',
      headers: {
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      },
    },
  })
  const [url] = server.resolvedUrls?.local ?? []
  if (!url) throw new Error('The page of the benchmark has no address.')
  return { url, close: () => server.close() }
}

/** `virtual:peers` of `page/peers.d.ts`. */
function wantedPeers(files: readonly PeerFile[]): Plugin {
  const id = '\0peers'
  const entries = files.map(
    ({ name, url }) => `${JSON.stringify(name)}: () => import(${JSON.stringify(fileURLToPath(url))})`,
  )
  return {
    name: 'wanted-peers',
    resolveId: (source) => (source === 'virtual:peers' ? id : undefined),
    load: (module) => (module === id ? `export const peers = { ${entries.join(', ')} }` : undefined),
  }
}
