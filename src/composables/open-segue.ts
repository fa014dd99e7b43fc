import type { SupabaseClient } from '@supabase/supabase-js'
import { tuneSchema } from 'segue/tables'
import { createSegue, type Segue } from 'segue/vue'
import wasmUrl from 'sql.js/dist/sql-wasm.wasm?url'
import { librarySize } from '../queries/index.ts'

/** Opens the spaces of one profile on this device: a user id, or `local`. Without a client nothing is synced. */
export async function openSegue(profile: string, supabase?: SupabaseClient): Promise<Segue> {
  const segue = await createSegue({ name: 'segue', profile, schema: tuneSchema, wasmUrl, supabase })
  if (segue.library) {
    // The first query of many rows has SQLite fetch them: in a task of its own, apart from the page that asks again.
    await nextTask()
    librarySize(segue.db, segue.library.id).all()
    await nextTask()
  }
  return segue
}

const nextTask = () => new Promise((resolve) => setTimeout(resolve))
