/**
 * What a space was: moments of its log, documents of the past, and the way back to them.
 * Answers of the server flow in; what each moment has changed, and ordinary edits that restore it, flow out.
 * It never writes to what is past, and knows no tables.
 */
export * from './errors.ts'
export { type Moment, type RowMoment, SpaceHistory } from './space-history.ts'
