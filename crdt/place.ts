import type { TableShape } from './schema/index.ts'

/** A row, wherever it is. */
export interface Place {
  readonly shape: TableShape
  readonly rowId: string
}
