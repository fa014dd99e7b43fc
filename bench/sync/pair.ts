import type { SpaceId } from 'segue/crdt'
import { note, tune } from 'segue/tables'
import type { Segue } from 'segue/vue'
import type { Backend } from './backend.ts'
import { admit, device, type Person, person, settled, shown } from './people.ts'

interface Side {
  readonly person: Person
  readonly segue: Segue
}

/** Two people with a playlist in common, both looking at it, and another list that neither has open for edits. */
export interface Pair {
  readonly address: Backend
  readonly first: Side
  readonly second: Side
  readonly id: SpaceId
  readonly elsewhere: SpaceId
}

/** One tune with a note in it. */
export async function makePair(address: Backend): Promise<Pair> {
  const people = await Promise.all([person(address), person(address)])
  const [first, second] = await Promise.all(
    people.map(async (who) => ({ person: who, segue: await device(who) })),
  )
  if (!first || !second) throw new Error('Two people are needed.')
  const [list, elsewhere] = [
    await first.segue.createSpace({ kind: 'playlist', name: 'Ours' }),
    await first.segue.createSpace({ kind: 'playlist', name: 'Elsewhere' }),
  ]
  list.transact(() => {
    list.insert(tune, { id: 'A', title: 'A' })
    list.insert(note, { id: 'N', tuneRef: 'A', userRef: first.person.userId, noteText: '' })
  })
  await first.segue.sync?.sync()
  for (const { id } of [list, elsewhere]) await admit(first.segue, second.segue, id)
  await Promise.all([settled(first.segue, list.id), settled(second.segue, list.id)])
  await shown(second.segue, () => second.segue.db.select().from(tune).all().length > 0)
  return { address, first, second, id: list.id, elsewhere: elsewhere.id }
}

export async function partWays({ first, second }: Pair): Promise<void> {
  for (const { segue, person } of [first, second]) await leave(segue, person)
}

/** Closes a device and its connection. */
export async function leave(segue: Segue, { supabase }: Person): Promise<void> {
  await segue.destroy()
  await supabase.removeAllChannels()
  supabase.realtime.disconnect()
}
