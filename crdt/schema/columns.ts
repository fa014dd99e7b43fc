import { customType, integer, real, text } from 'drizzle-orm/sqlite-core'

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
