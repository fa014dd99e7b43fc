/** Anything that JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** A plain value of one cell: a sorted list of texts for a set, anything that JSON can say for JSON. */
export type CellValue = Json | bigint
