import {
  IMPORTED_TABLES,
  type ImportCounts,
  type ImportPlan,
  type ImportPreview,
  type ImportProblem,
  type ImportProgress,
  type ImportResult,
  totalOf,
} from '../../src/import/index.ts'

/** As many lines as are read before they scroll away. */
const MOST_LINES = 60
const COLUMNS = ['insert', 'update', 'unchanged', 'inTrash', 'skipped'] as const
const HEADINGS = ['new', 'filled in', 'unchanged', 'in trash', 'left out']

export function printPlan({ source, people, person }: ImportPlan): void {
  console.log(`\nSource  ${source}`)
  for (const { id, name, rows } of people) {
    const mark = id === person ? 'these are taken' : `left out; --person ${id} takes them`
    if (people.length > 1) console.log(`Person  ${name}: ${rows} rows (${mark})`)
  }
}

export function printPreview(
  { counts, recognised }: ImportPreview,
  { dryRun, isAccount }: { dryRun: boolean; isAccount: boolean },
): void {
  const into = isAccount ? 'your account' : 'an empty library'
  console.log(`\n${dryRun ? 'Would be imported' : 'To be imported'} into ${into}:\n`)
  printCounts(counts)
  if (recognised > 0) console.log(`\n${recognised} tunes were recognised by title, type and key.`)
}

function printCounts(counts: ImportCounts): void {
  const line = (name: string, cells: readonly (string | number)[]) =>
    console.log(`  ${name.padEnd(16)}${cells.map((cell) => String(cell).padStart(11)).join('')}`)
  line('', HEADINGS)
  for (const table of IMPORTED_TABLES) {
    const cells = COLUMNS.map((column) => counts[table][column])
    if (cells.some((count) => count > 0)) line(table, cells)
  }
}

/** Errors first, then what was changed, then what is only worth knowing. */
export function printProblems(problems: readonly ImportProblem[]): void {
  const order = ['error', 'warning', 'note'] as const
  const words = { error: 'Left out', warning: 'Imported, but', note: 'Good to know' }
  for (const severity of order) {
    const some = problems.filter((problem) => problem.severity === severity)
    if (some.length === 0) continue
    console.log(`\n${words[severity]}:`)
    for (const problem of some.slice(0, MOST_LINES)) console.log(`  ${lineOf(problem)}`)
    if (some.length > MOST_LINES) console.log(`  … and ${some.length - MOST_LINES} more`)
  }
}

function lineOf({ file, table, row, column, message }: ImportProblem): string {
  const place = [file, table, row > 0 ? `row ${row}` : '', column ?? ''].filter(Boolean).join(', ')
  return `${place}: ${message}`
}

export function printResult({ counts, problems, playlists, stopped }: ImportResult): void {
  const { insert, update } = totalOf(counts)
  if (!stopped && insert + update === 0 && problems.length === 0) {
    console.log('\nNothing new: everything is there already.')
    return
  }
  console.log(stopped ? '\nStopped. Imported so far:\n' : '\nImported:\n')
  printCounts(counts)
  if (playlists.length > 0) console.log(`\nPlaylists: ${playlists.map(({ name }) => name).join(', ')}`)
  printProblems(problems)
  if (stopped) console.log('\nRun it again to import the rest.')
}

/** One line that counts up, on terminals; nothing in a log file. */
export class Progress {
  readonly #label: string

  constructor(label: string) {
    this.#label = label
  }

  readonly show = ({ done, total }: ImportProgress): void => {
    if (process.stdout.isTTY) process.stdout.write(`\r${this.#label} ${done} of ${total} rows`)
  }

  end(): void {
    if (process.stdout.isTTY) process.stdout.write('\n')
  }
}
