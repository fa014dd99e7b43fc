import { readFileSync, writeFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
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
} from '../../src/import/index.ts'
import { type OpenAccount, openAccount } from './account.ts'
import { CommandError } from './errors.ts'
import { legacyIdMap } from './id-map.ts'
import { Progress, printPlan, printPreview, printProblems, printResult } from './report.ts'

/** What was asked for on the command line. */
export interface ImportCommand {
  readonly paths: readonly string[]
  readonly dryRun: boolean
  /** `undefined` to look at the files alone. */
  readonly account: { readonly url: string; readonly email: string; readonly password: string } | undefined
  readonly source: string | undefined
  readonly person: string | undefined
  /** Where to write the legacy and new ids. */
  readonly map: string | undefined
}

/** From where the command was typed; npm itself goes to the root of the package. */
const here = process.env.INIT_CWD ?? process.cwd()

/**
 * Reads, shows and, unless it is a dry run, imports files.
 *
 * @returns the exit code
 * @throws {CommandError | ImportError} it cannot be done; what to do is in the error
 */
export async function runImport({
  paths,
  dryRun,
  source,
  person,
  map,
  ...rest
}: ImportCommand): Promise<number> {
  const groups = readFiles(paths.map(readFile), await initSqlJs())
  const account = rest.account && (await openAccount(rest.account))
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
    return dryRun || !account ? 0 : await write(plan, target, account)
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

async function write(plan: ImportPlan, target: ImportTarget, account: OpenAccount): Promise<number> {
  const stopping = new AbortController()
  process.once('SIGINT', () => stopping.abort())
  const progress = new Progress('Writing')
  const result = await applyImport(plan, target, { signal: stopping.signal, onProgress: progress.show })
  progress.end()
  console.log('Sending to the server …')
  await account.sync()
  printResult(result)
  if (result.stopped) return 130
  return result.problems.length > 0 ? 1 : 0
}
