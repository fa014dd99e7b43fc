import type { InferInsertModel } from 'drizzle-orm'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type * as Y from 'yjs'
import type { CellConflict } from './conflicts.ts'
import type { RowId, SpaceId } from './ids.ts'
import type { Modification } from './modification.ts'
import type { ProjectedRow } from './projection.ts'
import type { ConflictStrategy, Schema } from './schema/index.ts'
import type { Author } from './stamp-format.ts'

type Kept = 'id' | 'spaceId' | 'lastModifiedAt' | 'lastModifiedBy'

/** Values for a new row: defaults may be left out, and `id` too unless you choose it yourself. */
export type NewRow<T extends SQLiteTable> = Omit<InferInsertModel<T>, Kept> & { id?: RowId }

/** New values for some columns of a row. */
export type RowPatch<T extends SQLiteTable> = Partial<Omit<InferInsertModel<T>, Kept>>

/** What a row means, who last changed it while it is live, and what concurrent values of its cells have lost. */
export interface RowReading {
  readonly row: ProjectedRow
  readonly modification: Modification
  readonly conflicts: readonly CellConflict[]
}

/** Gets what a transaction has done as updates (Yjs v1), which are to be applied in their order. */
export type UpdateListener = (updates: readonly Uint8Array[], transaction: Y.Transaction) => void

/** Where a document comes from that is read only once somebody needs it. */
export interface StoredDocument {
  /** Applies some of what listeners of the space know already: a moment's work. Returns whether there is more. */
  applyNext(doc: Y.Doc): boolean
  /** Applies what is newer: listeners are told of it like of any other change. */
  applyRest(doc: Y.Doc): void
}

/** What a space is opened with. */
export interface SpaceOptions {
  readonly id: SpaceId
  readonly schema: Schema
  readonly doc?: Y.Doc
  /** Fills `doc` when it is first needed; without it `doc` is all there is. */
  readonly stored?: StoredDocument | undefined
  /** Who edits here. */
  readonly author?: Author | undefined
  /** What this device does with concurrent values in columns that have no rule of their own. */
  readonly conflicts?: ConflictStrategy | undefined
  /** The wall clock; a parameter so that a simulation can own it. */
  readonly now?: (() => Date) | undefined
}
