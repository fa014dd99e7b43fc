/** Everything that must hold, in the order in which it is quickest to fail. Run by `npm test`. */
import { spawnSync } from 'node:child_process'
import { findOrInstallChromium } from './find-chromium.ts'

interface Step {
  readonly name: string
  readonly command: readonly string[]
}

const bin = (path: string, ...args: string[]) => [process.execPath, `node_modules/${path}`, ...args]

const steps: readonly Step[] = [
  { name: 'Types', command: bin('vue-tsc/bin/vue-tsc.js', '--noEmit') },
  { name: 'Lint and format', command: bin('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.') },
  { name: 'Room rules', command: ['npm', 'run', '--silent', 'check:rooms'] },
  { name: 'Dead code', command: bin('knip/bin/knip.js') },
  { name: 'Unit and integration tests', command: bin('vitest/vitest.mjs', 'run') },
  { name: 'Real Postgres', command: [process.execPath, 'scripts/test-postgres.ts', '--if-possible'] },
  { name: 'Build', command: bin('vite/bin/vite.js', 'build', '--logLevel', 'warn') },
  { name: 'Browser tests', command: bin('@playwright/test/cli.js', 'test') },
]

function main(): number {
  const env = { ...process.env, CI: 'true', CHROMIUM_PATH: findOrInstallChromium(), DO_NOT_TRACK: '1' }
  for (const { name, command } of steps) {
    const started = Date.now()
    console.log(`\n▶ ${name}`)
    const [program = '', ...args] = command
    const { status, error } = spawnSync(program, args, { stdio: 'inherit', env })
    const seconds = ((Date.now() - started) / 1000).toFixed(1)
    if (status !== 0) {
      console.error(`\n✖ ${name} failed after ${seconds} s${error ? `: ${error.message}` : ''}.`)
      return 1
    }
    console.log(`✔ ${name} (${seconds} s)`)
  }
  console.log('\nAll of it passed.')
  return 0
}

try {
  process.exitCode = main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
