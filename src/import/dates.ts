const CLOCK = String.raw`(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s*([AaPp]\.?[Mm]\.?)?`
const ZONE = String.raw`(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?`
const ISO =
  /^(\d{4})[-/]?(\d\d)[-/]?(\d\d)(?:[T ]+(\d\d?):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/i
const SLASHED = new RegExp(String.raw`^(\d\d?)[/.](\d\d?)[/.](\d{4})(?:,?\s+${CLOCK})?\s*${ZONE}$`)
/** “3 October 2024 18:30”, and the form of mails: “Thu, 03 Oct 2024 18:30:00 GMT”. */
const DAY_MONTH = new RegExp(
  String.raw`^(?:[A-Za-z]{3,9},?\s+)?(\d\d?)[\s-]+([A-Za-z]{3,9})\.?,?[\s-]+(\d{4})(?:,?\s+${CLOCK})?\s*${ZONE}$`,
)
/** “October 3, 2024 6:30 PM”. */
const MONTH_DAY = new RegExp(
  String.raw`^(?:[A-Za-z]{3,9},?\s+)?([A-Za-z]{3,9})\.?\s+(\d\d?),?\s+(\d{4})(?:,?\s+${CLOCK})?\s*${ZONE}$`,
)
const NUMBER = /^-?\d+(?:\.\d+)?$/
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Numbers at or above this are microseconds since 1970, or milliseconds, or seconds: the ranges do not meet. */
const FIRST_MICROSECONDS = 1e14
const FIRST_MILLISECONDS = 1e11
/** Seconds of March 1973: smaller numbers are days, years, ids or counts. */
const FIRST_SECONDS = 1e8
/** Days since 4714 BC, as SQLite's julianday() writes them; the range is 1858 to 2132. */
const JULIAN_DAYS = [2_400_000, 2_500_000] as const
const JULIAN_DAY_OF_1970 = 2_440_587.5
const DAY_MS = 86_400_000

/** No practice record is older, and no date that far off is more than a slip. */
const FIRST_YEAR = 1900
const LAST_YEAR = 2200

/** How “03/10/2024” is meant. */
export type DateOrder = 'day first' | 'month first'

/**
 * A moment in any of the forms that old programs wrote, as ISO 8601 UTC with milliseconds; `undefined` when it is
 * none of them.
 *
 * Read are ISO 8601 and its relatives (a blank for the T, no seconds, no punctuation, an offset), seconds,
 * milliseconds and microseconds since 1970, Julian days, months by their English name, and 03/10/2024 in the given
 * order. A time without a zone is UTC, a day is its midnight.
 */
export function toImportedInstant(raw: string | number, order: DateOrder = 'day first'): string | undefined {
  if (typeof raw === 'number') return fromNumber(raw)
  const text = raw.trim()
  const iso = ISO.exec(text)
  if (iso) {
    const [, year, month, day, hour, minute, second, fraction, zone] = iso
    return fromParts([year, month, day, hour, minute, second], { fraction, zone })
  }
  const slashed = SLASHED.exec(text)
  if (slashed) {
    const [, first, second, year, ...clock] = slashed
    const [day, month] = order === 'day first' ? [first, second] : [second, first]
    return fromWritten(year, month, day, clock)
  }
  const [, day, dayMonth, dayYear, ...dayClock] = DAY_MONTH.exec(text) ?? []
  if (dayMonth !== undefined) return fromWritten(dayYear, monthNumber(dayMonth), day, dayClock)
  const [, month, monthDay, monthYear, ...monthClock] = MONTH_DAY.exec(text) ?? []
  if (month !== undefined) return fromWritten(monthYear, monthNumber(month), monthDay, monthClock)
  return NUMBER.test(text) ? fromNumber(Number(text)) : undefined
}

/**
 * How a column means “03/10/2024”: the month comes first only if some value allows nothing else, and no value forbids
 * it.
 */
export function dateOrderOf(values: Iterable<unknown>): DateOrder {
  let monthFirst = false
  for (const value of values) {
    const [, first, second] = (typeof value === 'string' && SLASHED.exec(value.trim())) || []
    if (Number(first) > 12) return 'day first'
    if (Number(second) > 12) monthFirst = true
  }
  return monthFirst ? 'month first' : 'day first'
}

function monthNumber(name: string): string | undefined {
  const index = MONTHS.indexOf(name.slice(0, 3).toLowerCase())
  return index < 0 ? undefined : String(index + 1)
}

function fromWritten(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  [hour, minute, second, fraction, half, zone]: readonly (string | undefined)[],
): string | undefined {
  if (month === undefined) return undefined
  if (half === undefined) return fromParts([year, month, day, hour, minute, second], { fraction, zone })
  const twelfth = Number(hour)
  if (twelfth < 1 || twelfth > 12) return undefined
  const inDay = (twelfth % 12) + (half.toLowerCase().startsWith('p') ? 12 : 0)
  return fromParts([year, month, day, String(inDay), minute, second], { fraction, zone })
}

function fromNumber(value: number): string | undefined {
  const size = Math.abs(value)
  if (value >= JULIAN_DAYS[0] && value < JULIAN_DAYS[1]) {
    return inRange(new Date(Math.round((value - JULIAN_DAY_OF_1970) * DAY_MS)))
  }
  // 20241003, a day written as a number.
  if (Number.isInteger(value) && size < FIRST_SECONDS) {
    const digits = String(value)
    return digits.length === 8 ? toImportedInstant(digits) : undefined
  }
  if (!(size >= FIRST_SECONDS)) return undefined
  if (size >= FIRST_MICROSECONDS) return inRange(new Date(Math.round(value / 1000)))
  return inRange(new Date(Math.round(size < FIRST_MILLISECONDS ? value * 1000 : value)))
}

function fromParts(
  parts: readonly (string | undefined)[],
  { fraction, zone }: { fraction: string | undefined; zone: string | undefined },
): string | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map((part) =>
    Number(part ?? 0),
  )
  const milliseconds = Number((fraction ?? '').slice(0, 3).padEnd(3, '0'))
  const local = new Date(Date.UTC(year, month - 1, day, hour, minute, second, milliseconds))
  // 30 February rolls over to March, 25 o'clock to the next day: neither is a time.
  const isExact =
    local.getUTCFullYear() === year &&
    local.getUTCMonth() === month - 1 &&
    local.getUTCDate() === day &&
    local.getUTCHours() === hour &&
    local.getUTCMinutes() === minute &&
    local.getUTCSeconds() === second
  return isExact ? inRange(new Date(local.getTime() - offsetMinutes(zone) * 60_000)) : undefined
}

function inRange(date: Date): string | undefined {
  const year = date.getUTCFullYear()
  return year >= FIRST_YEAR && year <= LAST_YEAR ? date.toISOString() : undefined
}

function offsetMinutes(zone: string | undefined): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone ?? '') ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0))
}
