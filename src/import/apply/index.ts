/**
 * Preview and import: a plan and a person's spaces flow in; counts and written rows flow out.
 * Both judge every row in the same way, so that a preview promises what an import does.
 * What somebody has written or removed here is never overwritten and never brought back.
 */
export { applyImport, type ImportResult } from './apply.ts'
export { rowsIn, totalOf } from './counts.ts'
export { type ImportPreview, previewImport } from './preview.ts'
