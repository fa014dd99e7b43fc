import type { Space } from 'segue/crdt'
import {
  note,
  playlist,
  playlistTune,
  practiceRecord,
  reference,
  tag,
  tune,
  tuneOverride,
} from 'segue/tables'
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
  return to.transact(() => {
    const added = adoptTunes(from, to, owner)
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
    return added
  })
}

/** Brings a playlist that was kept without an account into its space of an account, which has the same id. */
export function adoptPlaylist(from: Space, to: Space, owner: string): void {
  to.transact(() => {
    adoptTunes(from, to, owner)
    for (const { spaceId: _spaceId, ...row } of allRows(from, playlist)) {
      if (to.get(playlist, row.id) === undefined) to.insert(playlist, { ...row, userRef: owner })
    }
    for (const { spaceId: _spaceId, id, ...row } of allRows(from, playlistTune)) {
      if (to.get(playlistTune, id) === undefined) to.insert(playlistTune, row)
    }
  })
}

function adoptTunes(from: Space, to: Space, owner: string): number {
  let added = 0
  for (const row of allRows(from, tune)) if (ensureTune(to, row)) added++
  for (const { spaceId: _spaceId, ...row } of allRows(from, note)) {
    if (to.get(note, row.id) === undefined) to.insert(note, { ...row, userRef: owner })
  }
  for (const { spaceId: _spaceId, ...row } of allRows(from, reference)) {
    if (to.get(reference, row.id) === undefined) to.insert(reference, { ...row, userRef: owner })
  }
  return added
}
