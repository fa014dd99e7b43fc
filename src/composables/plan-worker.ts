/** Reads and plans files off the main thread, so that a large database does not freeze the screen. */
import { checkSize, ImportError, type PlanOptions, planImport, readFiles } from '../import/index.ts'
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
  | { readonly kind: 'plan'; readonly plan: ReturnType<typeof planImport> }
  | { readonly kind: 'refused'; readonly problem: Pick<ImportError, 'code' | 'message' | 'action'> }
  | { readonly kind: 'failed'; readonly message: string }

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
    answer({ kind: 'plan', plan: planImport(readFiles(read, sql), options) })
  } catch (error) {
    if (error instanceof ImportError) {
      const { code, message, action } = error
      answer({ kind: 'refused', problem: { code, message, action } })
    } else answer({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
  }
}

self.addEventListener('message', ({ data }: MessageEvent<PlanRequest>) => void plan(data))
