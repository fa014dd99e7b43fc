import type { ColumnShape } from './shapes.ts'

/** The registers of a row: the kinds of column in which one value replaces another. */
export const isRegister = ({ kind }: Pick<ColumnShape, 'kind'>): boolean =>
  kind !== 'richText' && kind !== 'counter' && kind !== 'stringSet'
