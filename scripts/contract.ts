/** Runs the contract of the server's side against any Supabase address. Options: `npm run test:contract -- --help`. */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const HELP = `
Tests a backend: two people and more who share, edit, go offline and come back, and every policy for every role.

  npm run test:contract                                 a fresh embedded backend
  npm run test:contract -- --url https://<ref>.supabase.co

  --url            the project, with Segue's migrations   or SEGUE_CONTRACT_URL
  --anon-key       its public key                         or SEGUE_CONTRACT_ANON_KEY
  --service-key    the key of its service role            or SEGUE_CONTRACT_SERVICE_KEY, which other people on this
                                                          machine cannot read in the list of processes

Accounts and spaces that it makes are deleted again. Whatever follows -- a second time goes to vitest.
`

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      url: { type: 'string', default: process.env.SEGUE_CONTRACT_URL ?? '' },
      'anon-key': { type: 'string', default: process.env.SEGUE_CONTRACT_ANON_KEY ?? '' },
      'service-key': { type: 'string', default: process.env.SEGUE_CONTRACT_SERVICE_KEY ?? '' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    return 0
  }
  const { url, 'anon-key': anonKey, 'service-key': serviceKey } = values
  const given = [url, anonKey, serviceKey].filter((value) => value !== '').length
  if (given !== 0 && given !== 3) {
    console.error('Pass --url, --anon-key and --service-key together, or none of them.')
    return 2
  }
  const env = {
    ...process.env,
    SEGUE_CONTRACT_URL: url,
    SEGUE_CONTRACT_ANON_KEY: anonKey,
    SEGUE_CONTRACT_SERVICE_KEY: serviceKey,
  }
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.contract.config.ts']
  const { status, error } = spawnSync(process.execPath, [...vitest, ...positionals], {
    stdio: 'inherit',
    env,
  })
  if (error) throw error
  return status ?? 1
}

process.exitCode = main()
