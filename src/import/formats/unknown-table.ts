import type { ImportProblem } from '../types.ts'

/** A table of a file that means nothing here. */
export const unknownTable = (file: string, table: string): ImportProblem => ({
  file,
  table,
  row: 0,
  severity: 'note',
  message: 'is a table that this app does not know; it is left out',
})
