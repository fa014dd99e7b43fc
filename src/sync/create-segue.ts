import type { SupabaseClient } from '@supabase/supabase-js'
import type { Schema } from 'segue/crdt'
import { browserConnectivity } from 'segue/supabase'
import initSqlJs from 'sql.js'
import { browserDevice } from './device/index.ts'
import { Segue } from './segue.ts'
import { tabUndoMemory } from './undo-set.ts'

/**
 * Opens Segue in a browser: IndexedDB underneath, SQLite in WASM on top, Supabase beside if given.
 *
 * @param name      name of the app; part of the names of its databases
 * @param profile   the signed-in person's user id, or `local`
 * @param wasmUrl   where sql.js finds its WASM; with Vite, `import wasmUrl from 'sql.js/dist/sql-wasm.wasm?url'`
 * @param supabase  leave out for local-only
 *
 * @example
 * const segue = await createSegue({ name: 'tunes', profile: user.id, schema: tuneSchema, wasmUrl, supabase })
 * const library = await segue.openLibrary()
 * library.insert(tune, { title: 'The Kesh' })
 */
export async function createSegue({
  name,
  profile,
  schema,
  wasmUrl,
  supabase,
}: {
  name: string
  profile: string
  schema: Schema
  wasmUrl: string
  supabase?: SupabaseClient | undefined
}): Promise<Segue> {
  const sql = await initSqlJs({ locateFile: () => wasmUrl })
  return Segue.open({
    schema,
    profile,
    sql,
    device: (onFailure) => browserDevice(name, profile, onFailure),
    undoMemory: tabUndoMemory(`${name}/${profile}`),
    remote: supabase && { supabase, connectivity: browserConnectivity() },
  })
}
