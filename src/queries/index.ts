/**
 * What screens read: typed queries over the mirror, one function each.
 * A database and ids flow in; a Drizzle query flows out, for `useLiveQuery` to run and follow.
 * They never write, and never look at a row without saying which space it lies in.
 */
export { type NoteRow, notesOf, referencesOf } from './annotations.ts'
export { type ConflictRow, conflicts, contestedCells, type RowPlace } from './conflicts.ts'
export { hiddenCount, removedRows, rowCounts, type TrashRow } from './device.ts'
export {
  type LibraryTuneRow,
  librarySize,
  libraryTunes,
  playlistsOf,
  TAG_SEPARATOR,
  type TuneSort,
  tagsOf,
  tagWords,
  tuneById,
  tuneCount,
  tunesOf,
  valuesInUse,
} from './library.ts'
export { ownVersion } from './own-version.ts'
export { type PlaylistRow, playlistNames, playlistRows, removedPlaylists, tuneCounts } from './playlists.ts'
export { type FoundTunes, searching, type TuneSearch } from './search.ts'
