import { emptyRows, ImportError, type ImportPlan, type PlanOptions } from '../import/index.ts'
import type { PlanAnswer, PlanRequest } from './plan-worker.ts'

/**
 * Reads files and plans their import in a worker.
 *
 * @param onStep  told what is being worked on, in words
 * @throws {ImportError} a file is refused, with what to do about it
 * @throws the reason of `signal` when it is aborted
 */
export function planFiles(
  files: readonly File[],
  options: PlanOptions,
  { signal, onStep }: { signal: AbortSignal; onStep: (words: string) => void },
): Promise<ImportPlan> {
  const tables = emptyRows()
  const worker = new Worker(new URL('./plan-worker.ts', import.meta.url), { type: 'module' })
  return new Promise<ImportPlan>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
    worker.addEventListener('error', ({ message }) => {
      // Without a message the worker's script itself did not come: the app is offline and was never cached.
      reject(new Error(message || 'Failed to fetch dynamically imported module'))
    })
    worker.addEventListener('message', ({ data }: MessageEvent<PlanAnswer>) => {
      switch (data.kind) {
        case 'reading':
          return onStep(`Reading ${data.file} …`)
        case 'planning':
          return onStep('Checking every row …')
        case 'rows':
          return void tables[data.table].push(...data.rows)
        case 'plan':
          return resolve({ ...data.plan, tables })
        case 'refused':
          return reject(new ImportError(data.problem.code, data.problem.message, data.problem.action))
        case 'failed':
          return reject(new Error(data.message))
      }
    })
    const request: PlanRequest = { files, options }
    worker.postMessage(request)
  }).finally(() => worker.terminate())
}
