/** Imports practice databases and exports into an account of a running Segue. Run by `npm run import`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { newSpaceId, Space } from 'segue/crdt'
import { tuneSchema } from 'segue/tables'
import initSqlJs from 'sql.js'
import {
  applyImport,
  type ImportFile,
  type ImportPlan,
  type ImportTarget,
  importScope,
  importTarget,
  planImport,
  previewImport,
  readFiles,
} from '../src/import/index.ts'
import { openAccount } from './import/account.ts'
import { CommandError, inWords } from './import/errors.ts'
import { legacyIdMap } from './import/id-map.ts'
import { Progress, printPlan, printPreview, printProblems, printResult } from './import/report.ts'

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

/** From where the command was typed; npm itself goes to the root of the package. */
const here = process.env.INIT_CWD ?? process.cwd()

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

async function main(): Promise<void> {
  const { values, positionals } = options()
  if (values.help) return console.log(HELP)
  if (positionals.length === 0)
    throw new CommandError('No file was named.', 'Pass one or more, or see --help.', 2)
  const { 'dry-run': dryRun, email, password, url, source, person, map } = values
  if (!dryRun && email === '') {
    throw new CommandError(
      'Which account shall they go into?',
      'Pass --email <address>, or --dry-run to only look.',
      2,
    )
  }
  if (map !== undefined && email === '') {
    throw new CommandError('New ids depend on the account.', 'Pass --email <address> with --map.', 2)
  }
  const sql = await initSqlJs()
  const groups = readFiles(positionals.map(readFile), sql)
  const account = email === '' ? undefined : await openAccount({ url, email, password })
  try {
    const library = account?.library ?? new Space({ id: newSpaceId(), schema: tuneSchema })
    const target = account ? importTarget(account.segue, library) : emptyTarget(library)
    const scope = account ? importScope(account.segue, library) : 'dry run'
    const plan = planImport(groups, { owner: target.owner, scope, source, person })
    printPlan(plan)
    const preview = await previewImport(plan, target)
    printPreview(preview, { dryRun, isAccount: account !== undefined })
    printProblems(plan.problems)
    if (preview.clashes) {
      throw new CommandError(
        `Most ids in these files belong to other tunes that were imported from “${plan.source}” before.`,
        'Give this database a name of its own: --source <name>.',
      )
    }
    if (map !== undefined) writeFileSync(resolve(here, map), legacyIdMap(plan, preview))
    if (!dryRun && account) await write(plan, target, account)
  } finally {
    await account?.close()
  }
}

function readFile(path: string): ImportFile {
  try {
    return { name: basename(path), bytes: new Uint8Array(readFileSync(resolve(here, path))) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`${path} cannot be read: ${reason}.`, 'Check its name and place.', 2)
  }
}

/** Nobody's spaces: for looking at files without an account. */
const emptyTarget = (library: Space): ImportTarget => ({
  library,
  owner: 'nobody',
  findPlaylist: () => undefined,
  playlistSpace: () => Promise.reject(new TypeError('A preview makes no playlists.')),
})

async function write(
  plan: ImportPlan,
  target: ImportTarget,
  account: Awaited<ReturnType<typeof openAccount>>,
): Promise<void> {
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  const progress = new Progress('Writing')
  const result = await applyImport(plan, target, { signal: stopping.signal, onProgress: progress.show })
  progress.end()
  console.log('Sending to the server …')
  await account.sync()
  printResult(result)
  if (result.stopped) process.exitCode = 130
  else if (result.problems.length > 0) process.exitCode = 1
}

try {
  await main()
} catch (error) {
  const { text, exitCode } = inWords(error)
  console.error(`\n${text}`)
  process.exitCode = exitCode
}
