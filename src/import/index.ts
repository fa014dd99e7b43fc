/**
 * Import of practice databases and exports: bytes of SQLite, JSON, CSV and ABC files flow in; tunes, playlists, notes
 * and practice records with stable ids flow out, into a person's own spaces.
 * Three steps, each of them a function: read files, plan what they mean, preview or apply the plan.
 * It never asks the network, never overwrites what a person has written, and leaves no row out without saying why.
 */
export {
  applyImport,
  type ImportPreview,
  type ImportResult,
  previewImport,
  rowsIn,
  totalOf,
} from './apply/index.ts'
export { ImportError } from './errors.ts'
export { checkSize, readFiles } from './formats/index.ts'
export { type PlanOptions, planImport } from './plan/index.ts'
export { importScope, importTarget } from './target.ts'
export {
  emptyRows,
  IMPORTED_TABLES,
  type ImportCounts,
  type ImportedTable,
  type ImportFile,
  type ImportPlan,
  type ImportProblem,
  type ImportProgress,
  type ImportTarget,
  MAX_FILE_BYTES,
  type PlannedRow,
  type TableCounts,
} from './types.ts'
