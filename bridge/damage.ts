import type { Database } from 'sql.js'
import { MirrorDamagedError } from './errors.ts'

/** SQLITE_CORRUPT and SQLITE_NOTADB; see {@link https://www.sqlite.org/rescode.html}. */
const DAMAGED = new Set([11, 26])
/** What follows it is a closer description. */
const PRIMARY = 0xff

/**
 * Has SQLite's word that a file is damaged thrown as {@link MirrorDamagedError}, whichever statement comes upon it.
 *
 * @param onDamage  told each time
 */
export function watchDamage(database: Database, onDamage: () => void): void {
  const handleError: unknown = Reflect.get(database, 'handleError')
  if (typeof handleError !== 'function')
    throw new TypeError('This version of sql.js has errors of another kind.')
  Object.defineProperty(database, 'handleError', {
    value: (code: number) => {
      if (!DAMAGED.has(code & PRIMARY)) return handleError.call(database, code)
      onDamage()
      throw new MirrorDamagedError()
    },
  })
}
