/**
 * Rows that merge: a schema, and spaces whose rows live in a Yjs document.
 * Edits and updates from elsewhere flow in; projected rows, changes and updates flow out.
 * This room knows Yjs and nothing else: no storage, no network, no SQL engine, no screen.
 */

export { buildsOn } from './authorship.ts'
export { type CarryOver, carryOver } from './carry-over.ts'
export { causalOrder } from './causal-order.ts'
export type { CellConflict } from './conflicts.ts'
export type { EditListener, RowEdit } from './edits.ts'
export * from './errors.ts'
export { type Expiry, freshCopy, hasExpiredRows, waitsForUpdates } from './fresh-copy.ts'
export { heldPart } from './held-part.ts'
export { isSpaceId, newRowId, newSpaceId, type RowId, type SpaceId, stableId, toSpaceId } from './ids.ts'
export type { Modification } from './modification.ts'
export { type OrderedRow, orderKeyAt, orderKeyBetween, orderKeysBetween, placeRow } from './order-key.ts'
export type { ProjectedRow, WithheldCell } from './projection.ts'
export { replaceText } from './replace-text.ts'
export { type Restored, restoreRow, restoreSpace } from './restore.ts'
export { type CellChange, changeOf, type RowChange, rowChanges } from './row-changes.ts'
export {
  type CellValue,
  type ColumnKind,
  type ColumnShape,
  type ConcurrentValue,
  type ConflictRule,
  type ConflictStrategy,
  cellProblem,
  column,
  defineSchema,
  fromPostgres,
  type Json,
  MAX_TEXT_LENGTH,
  type Migration,
  migratedId,
  migration,
  postgresDdl,
  type Schema,
  segueTable,
  type TableShape,
  toInstant,
  toPostgres,
} from './schema/index.ts'
export { snapshotInSteps } from './snapshot-in-steps.ts'
export { Space } from './space.ts'
export type { NewConflict, SpaceChange, SpaceListener } from './space-changes.ts'
export type { NewRow, RowPatch, StoredDocument, UpdateListener } from './space-types.ts'
export { type Author, NOBODY } from './stamp-format.ts'
export { stateInParts } from './state-parts.ts'
export type { TextRun } from './text-runs.ts'
export { UndoHistory, type UndoResult, type UndoState, type UndoStep } from './undo.ts'
export type { UnknownCells, UnknownParts } from './unknown.ts'
export {
  absorb,
  applySnapshot,
  applyUpdates,
  encodeSnapshot,
  holdsUpdate,
  MAX_SNAPSHOT_BYTES,
  MAX_UPDATE_BYTES,
} from './updates.ts'
export { retryWaiting, waitingUpdate } from './waiting.ts'
