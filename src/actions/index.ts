/**
 * What people do in the app, as plain functions over spaces: create, add, move, copy, remove.
 * Spaces and values flow in; row ids and counts flow out, and the edits are in the space when a function returns.
 * Nothing here knows Vue, the network or the mirror.
 */
export { adoptLibrary, adoptPlaylist } from './adopt.ts'
export { addNote, addReference, addTag, type ReferenceType } from './annotations.ts'
export { lastChange, settleConflict } from './conflicts.ts'
export { csvOf } from './csv.ts'
export { asTextLink, asWebAddress, safeLink, siteOf } from './links.ts'
export { type OwnFact, setOwnFact } from './own-version.ts'
export { createTunesByTitle, pastedTitles } from './paste.ts'
export {
  addNewTuneToPlaylist,
  addTuneToPlaylist,
  copyPlaylistToLibrary,
  moveTune,
  moveTuneAfter,
  playlistOrder,
  removeFromPlaylist,
  startPlaylist,
} from './playlists.ts'
export { allRows } from './rows.ts'
export { restoreRow, trashKind, trashName } from './trash.ts'
export { createTune, ensureTune, type TuneRow } from './tunes.ts'
