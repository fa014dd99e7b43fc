import * as Y from 'yjs'
import { columnOf } from './cells.ts'
import type { RowMap } from './row-parts.ts'
import { MIGRATED_MARK, toInstant } from './schema/index.ts'
import type { Author } from './stamp-format.ts'
import type { Attribution, Stamps } from './stamps.ts'

/** When something was changed last, as an instant, by whom, and on which device of theirs; null where nobody has said. */
export interface Modification {
  readonly at: string | null
  readonly by: string | null
  readonly device: string | null
}

/** Nobody has said. */
export const NEVER: Modification = { at: null, by: null, device: null }
/** Latest time that a Date can tell. */
const MAX_TIME = 8_640_000_000_000_000

/** The last change of a row, or of one of its columns: of what is still to be seen of it. */
export function lastModification(parts: readonly RowMap[], stamps: Stamps, column?: string): Modification {
  let last: Attribution | undefined
  const see = ({ id }: Y.Item) => {
    const found = stamps.of(id)
    if (found === last) return
    if (!last || found.at > last.at || (found.at === last.at && isAfter(found.author, last.author)))
      last = found
  }
  for (const part of parts) {
    if (column === undefined && part._item) see(part._item)
    for (const [key, item] of part._map) {
      // What belongs to a row that this one has become says nothing of this one.
      if (column === undefined && key.startsWith(MIGRATED_MARK)) continue
      if (item.deleted || (column !== undefined && columnOf(key) !== column)) continue
      see(item)
      if (!(item.content instanceof Y.ContentType)) continue
      for (let typed = item.content.type._start; typed; typed = typed.right) if (!typed.deleted) see(typed)
    }
  }
  if (!last || last.at <= 0 || last.at > MAX_TIME) return NEVER
  const { userId, device } = last.author
  return { at: instantOf(last.at), by: userId || null, device: device || null }
}

/** Of two who wrote at one time, one and the same for everybody. */
const isAfter = (a: Author, b: Author): boolean =>
  a.userId === b.userId ? a.device > b.device : a.userId > b.userId

/** Rows that are written together have one time, and a Date takes longer to tell it than all the rest here. */
let told = { ms: 0, instant: toInstant(new Date(0)) }

function instantOf(ms: number): string {
  if (told.ms !== ms) told = { ms, instant: toInstant(new Date(ms)) }
  return told.instant
}

/** The later of two changes. */
export const laterOf = (a: Modification, b: Modification): Modification =>
  (a.at ?? '') >= (b.at ?? '') ? a : b
