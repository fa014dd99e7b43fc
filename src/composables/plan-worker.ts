/** Reads and plans files off the main thread, so that a large database does not freeze the screen. */
import {
  checkSize,
  IMPORTED_TABLES,
  ImportError,
  type ImportedTable,
  type ImportPlan,
  type PlannedRow,
  type PlanOptions,
  planImport,
  readFiles,
} from '../import/index.ts'
import { loadSqlite } from './sqlite-engine.ts'

/** What the page asks for. */
export interface PlanRequest {
  readonly files: readonly File[]
  readonly options: PlanOptions
}

/** What it is told, in this order; a failure is the last. */
export type PlanAnswer =
  | { readonly kind: 'reading'; readonly file: string }
  | { readonly kind: 'planning' }
  /** The next rows of a table. Whoever hears it makes them anew on their thread: so many at once are a moment's work. */
  | { readonly kind: 'rows'; readonly table: ImportedTable; readonly rows: readonly PlannedRow[] }
  | { readonly kind: 'plan'; readonly plan: Omit<ImportPlan, 'tables'> }
  | { readonly kind: 'refused'; readonly problem: Pick<ImportError, 'code' | 'message' | 'action'> }
  | { readonly kind: 'failed'; readonly message: string }

const ROWS_AT_ONCE = 1_000

const answer = (what: PlanAnswer) => self.postMessage(what)

async function bytesOf(file: File): Promise<Uint8Array> {
  checkSize(file.name, file.size)
  answer({ kind: 'reading', file: file.name })
  try {
    return new Uint8Array(await file.arrayBuffer())
  } catch (cause) {
    throw new ImportError(
      'unreadable',
      `${file.name} cannot be read any more.`,
      'It was moved or changed since you chose it. Choose it again.',
      { cause },
    )
  }
}

async function plan({ files, options }: PlanRequest): Promise<void> {
  try {
    const sql = await loadSqlite()
    const read: { name: string; bytes: Uint8Array }[] = []
    for (const file of files) read.push({ name: file.name, bytes: await bytesOf(file) })
    answer({ kind: 'planning' })
    const { tables, ...plan } = planImport(readFiles(read, sql), options)
    for (const table of IMPORTED_TABLES) {
      for (let at = 0; at < tables[table].length; at += ROWS_AT_ONCE)
        answer({ kind: 'rows', table, rows: tables[table].slice(at, at + ROWS_AT_ONCE) })
    }
    answer({ kind: 'plan', plan })
  } catch (error) {
    if (error instanceof ImportError) {
      const { code, message, action } = error
      answer({ kind: 'refused', problem: { code, message, action } })
    } else answer({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
  }
}

self.addEventListener('message', ({ data }: MessageEvent<PlanRequest>) => void plan(data))
