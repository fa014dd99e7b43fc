/**
 * The SQLite mirror: one sql.js database over every attached space, so that screens read by relational queries.
 * Changes of spaces flow in; rows of typed queries, and live queries that follow them, flow out.
 * It never writes to a space, and nobody but it writes to SQLite.
 */
export { conflict, hiddenCell, hiddenRow, trash } from './ddl.ts'
export * from './errors.ts'
export type { FileParts } from './file-in-pieces.ts'
export { fingerprintOf } from './fingerprint.ts'
export { liveQuery, type Query, sqlQuery } from './live-query.ts'
export {
  Mirror,
  type MirrorListener,
  PRAGMAS,
  type ReadDatabase,
  type RowProgress,
  type SqlRow,
  type SqlTable,
} from './mirror.ts'
export { folded, hasWord, searchedWords, wordsColumn } from './search.ts'
export { type Difference, dump, verify, verifying } from './verify.ts'
