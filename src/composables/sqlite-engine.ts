import initSqlJs, { type SqlJsStatic } from 'sql.js'
import wasmUrl from 'sql.js/dist/sql-wasm.wasm?url'

export { wasmUrl }

/** SQLite itself, for reading database files of other apps. Screens read through queries, never through this. */
export const loadSqlite = (): Promise<SqlJsStatic> => initSqlJs({ locateFile: () => wasmUrl })
