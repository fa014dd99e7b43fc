import type { SupabaseClient } from '@supabase/supabase-js'
import { RefusedError, SignedOutError, type SyncError, TransportError } from './errors.ts'

/** Calls a Postgres function by name and returns its JSON answer; throws the errors of {@link callFunction}. */
export type FunctionCaller = (name: string, args?: Record<string, unknown>) => Promise<unknown>

/** What PostgREST says of a failed call. */
interface Failure {
  readonly code?: string
  readonly message: string
  readonly details?: string | null
  readonly hint?: string | null
}

/**
 * Calls a Postgres function through PostgREST and returns its JSON answer, still unknown in shape.
 *
 * @throws {SignedOutError}  there is no valid session
 * @throws {RefusedError}    the function refused; `code` is the machine word it gave
 * @throws {TransportError}  nothing is known about the outcome
 */
export async function callFunction(
  supabase: SupabaseClient,
  name: string,
  args: Record<string, unknown> = {},
  signal?: AbortSignal,
): Promise<unknown> {
  const session = await currentSession(supabase)
  if (!session) throw new SignedOutError()
  const request = supabase.rpc(name, args)
  const { data, error, status } = await (signal ? request.abortSignal(signal) : request)
  if (error) throw failureOf(error, status)
  return data
}

async function currentSession(supabase: SupabaseClient): Promise<boolean> {
  const { data, error } = await supabase.auth.getSession()
  // A refresh that failed for want of a network is no sign-out.
  if (error && isRetryable(error)) throw new TransportError(error)
  return data.session !== null
}

const isRetryable = (error: { name: string; status?: number | undefined }) =>
  error.name === 'AuthRetryableFetchError' ||
  error.status === undefined ||
  error.status === 0 ||
  error.status >= 500

function failureOf(error: Failure, status: number): SyncError {
  if (status === 401 || error.code === 'PGRST301' || error.code === 'PGRST303') return new SignedOutError()
  if (status === 0 || status >= 500 || status === 429 || status === 408)
    return new TransportError(new Error(error.message))
  return new RefusedError(
    error.details || error.code || 'refused',
    error.message,
    error.hint || 'Reload the page and try again.',
    { cause: error },
  )
}
