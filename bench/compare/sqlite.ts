import initSqlJs from 'sql.js'

/** SQLite in WASM: Node finds the file beside the code, a page by its address. */
export const sql = await initSqlJs(typeof document === 'undefined' ? {} : await inPage())

async function inPage() {
  const { default: url } = await import('sql.js/dist/sql-wasm.wasm?url')
  return { locateFile: () => url }
}
