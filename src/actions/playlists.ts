import type { InferSelectModel } from 'drizzle-orm'
import { orderKeyAt, placeRow, type RowId, type Space } from 'segue/crdt'
import { playlist, playlistTune, reference, tune } from 'segue/tables'
import { copyMarks, copyNotes } from './annotations.ts'
import { allRows } from './rows.ts'
import { createTune, ensureTune, type TuneRow } from './tunes.ts'

type PlaylistTuneRow = InferSelectModel<typeof playlistTune>

/** Writes the row that makes a fresh space a playlist. */
export function startPlaylist(space: Space, owner: string, name: string): void {
  space.insert(playlist, { id: space.id, userRef: owner, name: name.trim() })
}

/** The rows of a playlist's list, in the order that people see. */
export function playlistOrder(space: Space): PlaylistTuneRow[] {
  return allRows(space, playlistTune).sort((a, b) => compare(a.position, b.position) || compare(a.id, b.id))
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Puts a tune at the end of a playlist, with a copy of its facts. A tune that is there already stays where it is.
 *
 * @returns the row of the list, and whether it was added now
 */
export function addTuneToPlaylist(space: Space, row: TuneRow): { rowId: RowId; added: boolean } {
  return space.transact(() => {
    ensureTune(space, row)
    const order = playlistOrder(space)
    const listed = order.find((entry) => entry.tuneRef === row.id)
    if (listed) return { rowId: listed.id, added: false }
    const keys = order.map(({ position }) => position)
    const position = orderKeyAt(keys, keys.length)
    const rowId = space.insert(playlistTune, { playlistRef: space.id, tuneRef: row.id, position })
    return { rowId, added: true }
  })
}

/** Creates a tune in the library and puts it on a playlist. */
export function addNewTuneToPlaylist(space: Space, library: Space, title: string): RowId {
  const tuneId = createTune(library, { title })
  const row = library.get(tune, tuneId)
  if (row) addTuneToPlaylist(space, row)
  return tuneId
}

/**
 * Moves a row of the list so that it stands at `toIndex` afterwards, counted from 0. Only this row's position is
 * written, unless there is no room left between its new neighbours.
 *
 * @returns whether anything moved
 */
export function moveTune(space: Space, rowId: RowId, toIndex: number): boolean {
  const order = playlistOrder(space)
  const from = order.findIndex((entry) => entry.id === rowId)
  const target = Math.max(0, Math.min(toIndex, order.length - 1))
  if (from < 0 || from === target) return false
  const others = order.filter(({ id }) => id !== rowId).map(({ id, position }) => ({ id, key: position }))
  const { key, moved } = placeRow(others, target)
  space.transact(() => {
    space.update(playlistTune, rowId, { position: key })
    for (const each of moved) space.update(playlistTune, each.id, { position: each.key })
  })
  return true
}

/**
 * Moves a row of the list to right behind another one, or to the top for `null`. For a person who dragged it while
 * others changed the list: the neighbour they saw counts, not its number.
 *
 * @returns whether anything moved
 */
export function moveTuneAfter(space: Space, rowId: RowId, after: RowId | null): boolean {
  const others = playlistOrder(space).filter((entry) => entry.id !== rowId)
  return moveTune(space, rowId, others.findIndex((entry) => entry.id === after) + 1)
}

/** Takes a tune off the list. The tune itself, its notes and its references stay. */
export function removeFromPlaylist(space: Space, rowId: RowId): void {
  space.remove(playlistTune, rowId)
}

/** What copying a playlist did. */
interface CopiedTunes {
  /** Tunes that are new in the library. */
  readonly added: number
  /** Tunes that the library had already; they are left as they are. */
  readonly known: number
}

/**
 * Copies the tunes of a playlist into a library, with what has been noted about them. Tunes and notes keep their
 * ids, so a second copy adds nothing twice.
 */
export function copyPlaylistToLibrary(from: Space, library: Space): CopiedTunes {
  const { notes, ...copied } = library.transact(() => {
    let added = 0
    let known = 0
    const notes: RowId[] = []
    for (const { tuneRef } of playlistOrder(from)) {
      const row = from.get(tune, tuneRef)
      if (!row) continue
      if (!ensureTune(library, row)) {
        known++
        continue
      }
      added++
      notes.push(...copyAnnotations(from, library, tuneRef))
    }
    return { added, known, notes }
  })
  copyMarks(from, library, notes)
  return copied
}

/** Gives the ids of the notes. */
function copyAnnotations(from: Space, to: Space, tuneId: RowId): RowId[] {
  for (const { spaceId: _spaceId, ...row } of allRows(from, reference)) {
    if (row.tuneRef === tuneId && to.get(reference, row.id) === undefined) to.insert(reference, row)
  }
  return copyNotes(from, to, ({ tuneRef }) => tuneRef === tuneId, { playlistRef: null })
}
