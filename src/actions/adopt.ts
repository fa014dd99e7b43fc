import type { RowId, Space } from 'segue/crdt'
import { playlist, playlistTune, practiceRecord, reference, tag, tune, tuneOverride } from 'segue/tables'
import { copyMarks, copyNotes } from './annotations.ts'
import { allRows } from './rows.ts'
import { ensureTune } from './tunes.ts'

/**
 * Brings a library that was kept without an account into an account's library. Ids stay, rows that are there already
 * are left alone, so doing it twice adds nothing twice.
 *
 * @param owner  user id that takes the place of the nameless one
 * @returns      how many tunes are new
 */
export function adoptLibrary(from: Space, to: Space, owner: string): number {
  const { added, notes } = to.transact(() => {
    const tunes = adoptTunes(from, to, owner)
    for (const { tuneRef, tagText } of allRows(from, tag)) {
      const id = [owner, tuneRef, tagText].join(':')
      if (to.get(tag, id) === undefined) to.insert(tag, { userRef: owner, tuneRef, tagText })
    }
    for (const { spaceId: _spaceId, ...row } of allRows(from, practiceRecord)) {
      if (to.get(practiceRecord, row.id) === undefined) to.insert(practiceRecord, row)
    }
    for (const { spaceId: _spaceId, id: _id, ...row } of allRows(from, tuneOverride)) {
      const id = [owner, row.tuneRef].join(':')
      if (to.get(tuneOverride, id) === undefined) to.insert(tuneOverride, { ...row, userRef: owner })
    }
    return tunes
  })
  copyMarks(from, to, notes)
  return added
}

/** Brings a playlist that was kept without an account into its space of an account, which has the same id. */
export function adoptPlaylist(from: Space, to: Space, owner: string): void {
  const { notes } = to.transact(() => {
    const tunes = adoptTunes(from, to, owner)
    for (const { spaceId: _spaceId, ...row } of allRows(from, playlist)) {
      if (to.get(playlist, row.id) === undefined) to.insert(playlist, { ...row, userRef: owner })
    }
    for (const { spaceId: _spaceId, id, ...row } of allRows(from, playlistTune)) {
      if (to.get(playlistTune, id) === undefined) to.insert(playlistTune, row)
    }
    return tunes
  })
  copyMarks(from, to, notes)
}

function adoptTunes(from: Space, to: Space, owner: string): { added: number; notes: RowId[] } {
  let added = 0
  for (const row of allRows(from, tune)) if (ensureTune(to, row)) added++
  const notes = copyNotes(from, to, () => true, { userRef: owner })
  for (const { spaceId: _spaceId, ...row } of allRows(from, reference)) {
    if (to.get(reference, row.id) === undefined) to.insert(reference, { ...row, userRef: owner })
  }
  return { added, notes }
}
