import type { RowId } from 'segue/crdt'
import type { ImportedTable } from '../types.ts'
import { legacyKey } from './identity.ts'

/** What became of a row that others point at. */
type Fate =
  | { readonly state: 'planned'; readonly id: RowId }
  /** It is in the file and not imported; so what hangs on it cannot be either. */
  | { readonly state: 'left out'; readonly why: string }

/** The end of a link. */
export type Linked =
  | Fate
  /** The row names nothing. */
  | { readonly state: 'unnamed' }
  /** The row names something that the file does not have: it is an orphan. */
  | { readonly state: 'missing'; readonly legacyId: string }

/** Legacy ids of one group, and where they lead. */
export class Links {
  readonly #fates = new Map<string, Fate>()

  /** The first row with an id is the one that counts; the others are duplicates of it. */
  set(table: ImportedTable, legacyId: string | undefined, fate: Fate): void {
    const key = `${table}:${legacyId}`
    const known = this.#fates.get(key)
    if (legacyId === undefined || known?.state === 'planned') return
    this.#fates.set(key, fate)
  }

  follow(table: ImportedTable, raw: unknown): Linked {
    const legacyId = legacyKey(raw)
    if (legacyId === undefined) return { state: 'unnamed' }
    return this.#fates.get(`${table}:${legacyId}`) ?? { state: 'missing', legacyId }
  }
}
