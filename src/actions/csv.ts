import Papa from 'papaparse'
import type { SqlTable } from 'segue/bridge'

/**
 * A table as CSV for spreadsheets (RFC 4180). Texts that a spreadsheet would take for a formula get an apostrophe in
 * front: titles come from other people.
 */
export const csvOf = ({ columns, rows }: Pick<SqlTable, 'columns' | 'rows'>): string =>
  Papa.unparse({ fields: [...columns], data: rows.map((row) => [...row]) }, { escapeFormulae: true })
