/** The app with hot reloading and its embedded backend, on one address. */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { LocalBackendError, startLocalBackend } from '../supabase/local/index.ts'
import { DEMO_ACCOUNTS, seedDemo } from './seed.ts'
import { stopOnSignals } from './stop-on-signals.ts'

const ROOT = resolve(import.meta.dirname, '..')

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env.PORT ?? '4310' },
    data: { type: 'string', default: join(ROOT, '.segue') },
    demo: { type: 'boolean', default: true },
  },
  allowNegative: true,
})

let isStopping = () => false

try {
  process.env.CI ??= 'true'
  const { createServer } = await import('vite')
  const stop = stopOnSignals(() =>
    startLocalBackend({
      dataDir: values.data,
      port: Number(values.port),
      log: (line) => console.error(line),
      fallback: async (server) => {
        const vite = await createServer({
          root: ROOT,
          server: {
            middlewareMode: true,
            hmr: { server },
            fs: {
              deny: ['.segue', '.env', '.env.*', '*.{crt,pem}', '**/.git/**', `${resolve(values.data)}/**`],
            },
            watch: { ignored: [`${resolve(values.data)}/**`, '**/.segue/**'] },
          },
        })
        return (request, response) => vite.middlewares(request, response)
      },
    }),
  )
  isStopping = stop.isStopping
  const backend = await stop.starting
  if (values.demo) await seedDemo(backend)
  console.log(`\n  Segue (development)   ${backend.url}\n  Mailbox               ${backend.url}/mailbox`)
  for (const { email, password } of values.demo ? DEMO_ACCOUNTS : [])
    console.log(`  Demo account          ${email} / ${password}`)
} catch (error) {
  if (!isStopping()) {
    console.error(error instanceof LocalBackendError ? error.message : error)
    process.exit(1)
  }
}
