import { createClient } from '@supabase/supabase-js'
import { compact, type SpaceResult } from './compact.ts'
import { type CompactionPolicy, DEFAULT_POLICY } from './policy.ts'
import { SupabaseLog } from './supabase-log.ts'

export interface WorkerOptions {
  /** Origin of the Supabase project. */
  readonly url: string
  /** Key of its service role, which may do everything: keep it secret. */
  readonly serviceKey: string
  readonly policy?: CompactionPolicy
  /** From the end of a round to the start of the next; 5 minutes. */
  readonly everyMs?: number
  readonly onResult: (result: SpaceResult) => void
  /** A round could not even begin. The next one is tried all the same. */
  readonly onError: (error: unknown) => void
}

export interface Worker {
  /** Finishes the space it is working on, and stops. May be called twice. */
  close(): Promise<void>
}

const FIVE_MINUTES = 300_000

/** Compacts a project now and every few minutes, until it is closed. */
export function startWorker(options: WorkerOptions): Worker {
  const { onError, everyMs = FIVE_MINUTES } = options
  const stopping = new AbortController()
  const rounds = async () => {
    while (!stopping.signal.aborted) {
      await runRound(options, stopping.signal).catch(onError)
      await pause(everyMs, stopping.signal)
    }
  }
  const running = rounds()
  return {
    close() {
      stopping.abort()
      return running
    },
  }
}

/** One round. @throws {WorkerError} the spaces could not be listed */
export async function runRound(
  { url, serviceKey, policy = DEFAULT_POLICY, onResult }: Omit<WorkerOptions, 'onError'>,
  signal: AbortSignal,
): Promise<void> {
  const supabase = createClient(url, serviceKey, { auth: { persistSession: false, autoRefreshToken: false } })
  const log = new SupabaseLog(supabase)
  for await (const result of compact({ log, policy, now: () => new Date(), signal })) onResult(result)
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })
}
