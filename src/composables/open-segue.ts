import type { SupabaseClient } from '@supabase/supabase-js'
import { MirrorDamagedError } from 'segue/bridge'
import { tuneSchema } from 'segue/tables'
import { createSegue, type Segue } from 'segue/vue'
import wasmUrl from 'sql.js/dist/sql-wasm.wasm?url'
import { librarySize } from '../queries/index.ts'

/** Opens the spaces of one profile on this device: a user id, or `local`. Without a client nothing is synced. */
export async function openSegue(profile: string, supabase?: SupabaseClient): Promise<Segue> {
  const open = () => createSegue({ name: 'segue', profile, schema: tuneSchema, wasmUrl, supabase })
  const segue = await open()
  if (!segue.library) return segue
  // The first query of many rows has SQLite fetch them: in a task of its own, apart from the page that asks for the same.
  await nextTask()
  try {
    librarySize(segue.db, segue.library.id).all()
  } catch (error) {
    if (!(error instanceof MirrorDamagedError)) throw error
    console.warn('Segue: the image of the database was damaged, and is made anew.')
    await segue.destroy()
    return open()
  }
  await nextTask()
  return segue
}

const nextTask = () => new Promise((resolve) => setTimeout(resolve))
