/**
 * One declaration of each table, for everything that needs to know its shape.
 * Drizzle table definitions flow in; row types, table shapes and validation flow out.
 * It never touches a document or a database.
 */
export * as column from './columns.ts'
export { defineSchema, type Schema } from './schema.ts'
export {
  type CellValue,
  type ColumnKind,
  type ColumnShape,
  segueTable,
  type TableShape,
} from './table.ts'
export { cellProblem, checkedCells, MAX_TEXT_LENGTH, toInstant } from './validate.ts'
