/**
 * One declaration of each table, for everything that needs to know its shape.
 * Drizzle table definitions flow in; row types, table shapes and validation flow out.
 * It never touches a document or a database.
 */
export type { CellValue, Json } from './cell-value.ts'
export * as column from './columns.ts'
export { type ConcurrentValue, type ConflictRule, type ConflictStrategy, ruleName } from './conflict-rule.ts'
export { holds } from './constraints.ts'
export {
  MIGRATED_MARK,
  type Migration,
  migratedId,
  migratedPrefix,
  migration,
  migrationIdOf,
} from './migration.ts'
export { fromPostgres, postgresDdl, toPostgres } from './postgres.ts'
export { isRegister } from './register.ts'
export { defineSchema, OWN_PREFIX, type Schema } from './schema.ts'
export type { ColumnKind, ColumnShape, ForeignKey, MigrationShape, TableShape, UniqueKey } from './shapes.ts'
export { segueTable } from './table.ts'
export { cellProblem, checkedCells, elementProblem, MAX_TEXT_LENGTH, toInstant } from './validate.ts'
export { widened } from './widen.ts'
