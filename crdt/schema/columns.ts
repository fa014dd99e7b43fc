import { customType, integer, real, text } from 'drizzle-orm/sqlite-core'
import type { Json } from './cell-value.ts'

/**
 * Column helpers. Each declares at once the TypeScript type, the SQLite type and how concurrent edits of the
 * cell merge. The declared SQLite type carries the kind ("RICH_TEXT" has TEXT affinity in SQLite), so one
 * declaration is enough for the row store, the mirror and any tool that opens the exported database.
 */
export const declaredType = {
  richText: 'RICH_TEXT',
  orderKey: 'ORDER_KEY_TEXT',
  instant: 'INSTANT_TEXT',
  localDate: 'LOCAL_DATE_TEXT',
  counter: 'COUNTER_INTEGER',
  bigWhole: 'BIG_WHOLE_TEXT',
  stringSet: 'STRING_SET_JSON_TEXT',
  json: 'JSON_TEXT',
} as const

const column = (type: string) => customType<{ data: string; driverData: string }>({ dataType: () => type })

/** Last-writer-wins text. */
export const string = text

/** Last-writer-wins whole number within ±(2^53 − 1). */
export const whole = integer

/** Last-writer-wins finite number. */
export const decimal = real

/** Last-writer-wins truth value; 0 or 1 in SQLite. */
export const flag = <Name extends string>(name: Name) => integer(name, { mode: 'boolean' })

/** Last-writer-wins choice among fixed words. */
export const oneOf =
  <const T extends readonly [string, ...string[]]>(values: T) =>
  <Name extends string>(name: Name) =>
    text(name, { enum: values })

/** Text that merges character by character (Y.Text); plain text in SQLite. */
export const richText = column(declaredType.richText)

/** A place in a hand-made order: a fractional index, see `orderKeyBetween`. Sort by it, then by `id`. */
export const orderKey = column(declaredType.orderKey)

/** A moment, ISO 8601 in UTC with milliseconds: `2026-05-01T18:30:00.000Z`. */
export const instant = column(declaredType.instant)

/** A day in somebody's calendar, without a zone: `2026-05-01`. */
export const localDate = column(declaredType.localDate)

/** The id of a row in another table of the same or another space. */
export const reference = text

/** A sum: concurrent increments add up. Starts at 0; see `Space.increment`. */
const counterColumn = customType<{ data: number; driverData: number; notNull: true; default: true }>({
  dataType: () => declaredType.counter,
})
export const counter = <Name extends string>(name: Name) => counterColumn(name).notNull().default(0)

/** Last-writer-wins whole number of 64 bits; decimal digits as text in SQLite, whose numbers JavaScript would round. */
export const bigWhole = customType<{ data: bigint; driverData: string }>({
  dataType: () => declaredType.bigWhole,
  toDriver: String,
  fromDriver: BigInt,
})

/** Texts without order or duplicates, each added and removed by itself. A JSON array, sorted, in SQLite. */
const stringSetColumn = customType<{
  data: readonly string[]
  driverData: string
  notNull: true
  default: true
}>({
  dataType: () => declaredType.stringSet,
  toDriver: (elements) => JSON.stringify(elements),
  fromDriver: (text): string[] => JSON.parse(text),
})
export const stringSet = <Name extends string>(name: Name) =>
  stringSetColumn(name)
    .notNull()
    .$default(() => [])

/** Last-writer-wins value of any shape, as a whole. JSON in SQLite. */
export const json = customType<{ data: Json; driverData: string }>({
  dataType: () => declaredType.json,
  toDriver: (value) => JSON.stringify(value),
  fromDriver: (text): Json => JSON.parse(text),
})
