import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { orderKeysBetween, type Space } from 'segue/crdt'
import { alwaysOnline } from 'segue/supabase'
import { note, playlist, playlistTune, reference, tag, tune, tuneSchema } from 'segue/tables'
import { memoryDevice, Segue } from 'segue/vue'
import initSqlJs from 'sql.js'
import { generateTunes } from '../samples/generate.ts'

/** Two people who share a playlist. */
export const DEMO_ACCOUNTS = [
  { email: 'aoife@segue.example', password: 'tunes-and-tea', name: 'Aoife' },
  { email: 'brendan@segue.example', password: 'tunes-and-tea', name: 'Brendan' },
] as const

const TUNES = 220
const ON_THE_LIST = 12
const SEED = 7

/** What seeding needs of a backend. */
interface SeedTarget {
  readonly url: string
  readonly anonKey: string
  sql(query: string): Promise<{ count?: unknown }[]>
}

/** Makes the demo accounts and their data, once: a backend that has any account is left alone. */
export async function seedDemo(backend: SeedTarget): Promise<void> {
  const [users] = await backend.sql('select count(*)::int as count from auth.users')
  if (users?.count !== 0) return
  console.log('Making demo data …')
  const [aoife, brendan] = await Promise.all(DEMO_ACCOUNTS.map((account) => signUp(backend, account)))
  if (!aoife || !brendan) throw new Error('The demo accounts could not be made.')
  try {
    const library = await aoife.segue.openLibrary()
    fillLibrary(library, aoife.segue.profile)
    const shared = await aoife.segue.createSpace({ kind: 'playlist', name: 'Thursday session' })
    fillPlaylist(shared, library, aoife.segue.profile)
    await synced(aoife.segue)
    const invite = await aoife.segue.members?.invite(shared.id, 'editor', DEMO_ACCOUNTS[1].email)
    if (invite) await brendan.segue.members?.acceptInvite(invite.token)
    const other = await brendan.segue.openLibrary()
    other.transact(() => {
      for (const row of generateTunes(TUNES, SEED).slice(0, 40)) other.insert(tune, tuneRow(row))
    })
    await synced(brendan.segue)
  } finally {
    await Promise.all([aoife.close(), brendan.close()])
  }
}

async function signUp(
  backend: SeedTarget,
  { email, password, name }: (typeof DEMO_ACCOUNTS)[number],
): Promise<{ segue: Segue; close: () => Promise<void> }> {
  const supabase: SupabaseClient = createClient(backend.url, backend.anonKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  })
  const { data, error } = await supabase.auth.signUp({
    email,
    password,
    options: { data: { display_name: name } },
  })
  if (error || !data.user) throw error ?? new Error(`${email} could not sign up.`)
  const segue = await Segue.open({
    schema: tuneSchema,
    profile: data.user.id,
    sql: await initSqlJs(),
    device: memoryDevice,
    remote: { supabase, connectivity: alwaysOnline },
  })
  await segue.members?.setDisplayName(data.user.id, name)
  return {
    segue,
    close: async () => {
      await segue.destroy()
      await supabase.removeAllChannels()
      supabase.realtime.disconnect()
    },
  }
}

type SampleTune = ReturnType<typeof generateTunes>[number]

const tuneRow = ({ title, type, mode, structure, genre, incipit }: SampleTune) => ({
  ...{ title, type, mode, structure, genre, incipit },
})

function fillLibrary(library: Space, userRef: string): void {
  generateTunes(TUNES, SEED).forEach((row, index) => {
    library.transact(() => {
      const tuneRef = library.insert(tune, tuneRow(row))
      if (index % 9 === 0)
        library.insert(tag, { userRef, tuneRef, tagText: index % 2 ? 'session' : 'beginner' })
      if (index % 25 === 0)
        library.insert(note, { userRef, tuneRef, noteText: 'Slow the turn, watch the second ending.' })
    })
  })
}

function fillPlaylist(space: Space, library: Space, userRef: string): void {
  const shape = library.schema.shape(tune)
  const all = [...library.rowIds(shape)]
  // The library goes from type to type: from here and there comes a set that somebody might play.
  const ids = all
    .filter((_, index) => index % Math.floor(all.length / ON_THE_LIST) === 0)
    .slice(0, ON_THE_LIST)
  const positions = orderKeysBetween(null, null, ids.length)
  space.transact(() => {
    space.insert(playlist, {
      id: space.id,
      userRef,
      name: 'Thursday session',
      instrumentRef: 'fiddle',
      genreDefault: 'ITRAD',
    })
    ids.forEach((id, index) => {
      const row = library.get(tune, id)
      const position = positions[index]
      if (!row || position === undefined) return
      const { spaceId: _spaceId, ...columns } = row
      space.insert(tune, columns)
      space.insert(playlistTune, { playlistRef: space.id, tuneRef: id, position })
    })
    const [first] = ids
    if (!first) return
    space.insert(note, {
      userRef,
      tuneRef: first,
      playlistRef: space.id,
      noteText: 'We start with this one, twice through.',
      public: true,
    })
    space.insert(reference, {
      userRef,
      tuneRef: first,
      url: 'https://example.org/recordings/1',
      refType: 'audio',
      title: 'A slow recording',
    })
  })
}

async function synced(segue: Segue): Promise<void> {
  const result = await segue.sync?.sync()
  if (result && !result.success)
    throw new Error(`Demo data did not reach the backend: ${result.errors[0]?.message}`)
}
