import { tryOnScopeDispose } from '@vueuse/core'
import { useSegue } from 'segue/vue'
import { ref, shallowRef } from 'vue'
import {
  applyImport,
  type ImportPlan,
  type ImportPreview,
  type ImportProgress,
  type ImportResult,
  importScope,
  importTarget,
  type PlanOptions,
  previewImport,
} from '../import/index.ts'
import { useToastStore } from '../stores/toasts.ts'
import { describeError, type Problem } from './describe-error.ts'
import { planFiles } from './plan-files.ts'
import { useLibrary } from './use-library.ts'

/** Where an import stands. */
export type ImportStep =
  | { readonly step: 'choose' }
  | { readonly step: 'reading'; readonly words: string }
  | { readonly step: 'preview'; readonly plan: ImportPlan; readonly preview: ImportPreview }
  | { readonly step: 'importing'; readonly progress: ImportProgress }
  | { readonly step: 'done'; readonly plan: ImportPlan; readonly result: ImportResult }

/** What a person may decide about the ids in their files. */
export type ImportChoice = Pick<PlanOptions, 'source' | 'person'>

/** Takes files through reading, preview and import. One import at a time; leaving the page stops it. */
export function useImport() {
  const segue = useSegue()
  const library = useLibrary()
  const toasts = useToastStore()
  const state = shallowRef<ImportStep>({ step: 'choose' })
  const problem = ref<Problem>()
  let files: readonly File[] = []
  let running = new AbortController()
  tryOnScopeDispose(() => running.abort())

  /** Starts something new; whatever ran before is over. */
  function start(): AbortSignal {
    running.abort()
    running = new AbortController()
    problem.value = undefined
    return running.signal
  }

  const say = (words: string) => {
    state.value = { step: 'reading', words }
  }

  async function read(chosen: readonly File[], choice: ImportChoice = {}): Promise<void> {
    const signal = start()
    files = chosen
    const fallback = state.value.step === 'preview' ? state.value : undefined
    say('Reading …')
    try {
      const options = { owner: segue.profile, scope: importScope(segue, library.value), ...choice }
      const plan = await planFiles(chosen, options, { signal, onStep: say })
      say('Comparing with what is here …')
      const preview = await previewImport(plan, importTarget(segue, library.value), { signal })
      state.value = { step: 'preview', plan, preview }
    } catch (error) {
      if (signal.aborted) return
      problem.value = describeError(error)
      state.value = fallback ?? { step: 'choose' }
    }
  }

  async function write(): Promise<void> {
    if (state.value.step !== 'preview') return
    const before = state.value
    const { plan } = before
    const signal = start()
    const onProgress = (progress: ImportProgress) => {
      state.value = { step: 'importing', progress }
    }
    onProgress({ done: 0, total: 1 })
    try {
      const result = await applyImport(plan, importTarget(segue, library.value), { signal, onProgress })
      state.value = { step: 'done', plan, result }
      if (result.stopped)
        toasts.show({ message: 'The import was stopped.', advice: 'Run it again to finish it.' })
    } catch (error) {
      problem.value = describeError(error)
      state.value = before
    }
  }

  return {
    state,
    problem,
    read,
    write,
    /** Reads the same files again, with another answer to whose and where from. */
    reread: (choice: ImportChoice) => read(files, choice),
    /** Ends the writing after the rows that are being written. */
    stop: () => running.abort(),
    /** Back to the start. */
    reset: () => {
      start()
      state.value = { step: 'choose' }
    },
  }
}
