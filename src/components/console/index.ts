/**
 * The parts of the SQL console: a result as a table, and the tables that can be asked.
 * Tables flow in; the name of a table to look into flows out. Nothing here runs a query.
 */
export { default as ResultTable } from './ResultTable.vue'
export { default as SchemaList } from './SchemaList.vue'
