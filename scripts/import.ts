/** Imports practice databases and exports into an account of a running Segue. Run by `npm run import`. */
import { parseArgs } from 'node:util'
import { CommandError, inWords } from './import/errors.ts'
import type { ImportCommand } from './import/run.ts'

const HELP = `
Imports tunes, playlists, notes, tags and practice records from a legacy practice database or export.

  npm run import -- <file…> [options]

Files are SQLite databases, JSON, CSV (a file for each table, chosen together) or ABC notation.
A second import of the same data changes nothing; what you have edited or removed meanwhile stays so.

  --dry-run           only show what would be imported; needs no server and no account
  --email <address>   account to import into          (or SEGUE_EMAIL)
  --password <text>   its password; else you are asked (or SEGUE_PASSWORD)
  --url <address>     where Segue runs                 (or SEGUE_URL; default http://localhost:4310)
  --source <name>     name of the program the ids come from; default: the account or file name in the data
  --person <id>       whose rows to take, where the data is of several people
  --map <file>        write the legacy ids and the new ids of all rows to this JSON file
  --help              this text

Exit code: 0 when everything that can be imported is, 1 when something failed, 2 for a wrong option.
`

/** Reads the command line. `undefined` when only the help was asked for. */
function command(): ImportCommand | undefined {
  const { values, positionals: paths } = options()
  if (values.help) return undefined
  const { 'dry-run': dryRun, email, password, url, source, person, map } = values
  if (paths.length === 0) throw new CommandError('No file was named.', 'Pass one or more, or see --help.', 2)
  if (!dryRun && email === '') {
    const advice = 'Pass --email <address>, or --dry-run to only look.'
    throw new CommandError('Which account shall they go into?', advice, 2)
  }
  if (map !== undefined && email === '') {
    throw new CommandError('New ids depend on the account.', 'Pass --email <address> with --map.', 2)
  }
  return { paths, dryRun, account: email === '' ? undefined : { url, email, password }, source, person, map }
}

function options() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        'dry-run': { type: 'boolean', default: false },
        email: { type: 'string', default: process.env.SEGUE_EMAIL ?? '' },
        password: { type: 'string', default: process.env.SEGUE_PASSWORD ?? '' },
        url: { type: 'string', default: process.env.SEGUE_URL ?? 'http://localhost:4310' },
        source: { type: 'string' },
        person: { type: 'string' },
        map: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), 'See --help.', 2)
  }
}

try {
  const asked = command()
  if (asked) {
    // Loaded only now: a wrong option is answered at once.
    const { runImport } = await import('./import/run.ts')
    process.exitCode = await runImport(asked)
  } else console.log(HELP)
} catch (error) {
  const { text, exitCode } = inWords(error)
  console.error(`\n${text}`)
  process.exitCode = exitCode
}
