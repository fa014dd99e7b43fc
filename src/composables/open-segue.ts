import type { SupabaseClient } from '@supabase/supabase-js'
import { tuneSchema } from 'segue/tables'
import { createSegue, type Segue } from 'segue/vue'
import wasmUrl from 'sql.js/dist/sql-wasm.wasm?url'

/** Opens the spaces of one profile on this device: a user id, or `local`. Without a client nothing is synced. */
export const openSegue = (profile: string, supabase?: SupabaseClient): Promise<Segue> =>
  createSegue({ name: 'segue', profile, schema: tuneSchema, wasmUrl, supabase })
