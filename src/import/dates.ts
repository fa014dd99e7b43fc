const ISO =
  /^(\d{4})-?(\d\d)-?(\d\d)(?:[T ]+(\d\d?):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?$/i
const DAY_FIRST = /^(\d\d?)[/.](\d\d?)[/.](\d{4})(?:,?\s+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?$/
const NUMBER = /^-?\d+(?:\.\d+)?$/

/** Numbers below are seconds since 1970, at or above milliseconds: the border is the year 5138 against 1973. */
const FIRST_MILLISECONDS = 1e11
/** Seconds of 9 September 2001 less a few years: smaller numbers are years, ids or counts, not times. */
const FIRST_SECONDS = 1e8

/**
 * A moment in any of the forms that old programs wrote, as ISO 8601 UTC with milliseconds; `undefined` when it is
 * none of them.
 *
 * Read are ISO 8601 and its relatives (a blank for the T, no seconds, no punctuation, an offset), seconds and
 * milliseconds since 1970, and DD/MM/YYYY (never MM/DD). A time without a zone is UTC, a day is its midnight.
 */
export function toImportedInstant(raw: string | number): string | undefined {
  if (typeof raw === 'number') return fromEpoch(raw)
  const text = raw.trim()
  const iso = ISO.exec(text)
  if (iso) {
    const [, year, month, day, hour, minute, second, fraction, zone] = iso
    return fromParts([year, month, day, hour, minute, second], fraction, zone)
  }
  const european = DAY_FIRST.exec(text)
  if (european) {
    const [, day, month, year, hour, minute, second, fraction] = european
    return fromParts([year, month, day, hour, minute, second], fraction, undefined)
  }
  return NUMBER.test(text) ? fromEpoch(Number(text)) : undefined
}

function fromEpoch(value: number): string | undefined {
  const size = Math.abs(value)
  if (!(size >= FIRST_SECONDS)) return undefined
  const date = new Date(Math.round(size < FIRST_MILLISECONDS ? value * 1000 : value))
  const year = date.getUTCFullYear()
  return year >= 1900 && year <= 2200 ? date.toISOString() : undefined
}

function fromParts(
  parts: readonly (string | undefined)[],
  fraction: string | undefined,
  zone: string | undefined,
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
  if (!isExact || year < 1) return undefined
  return new Date(local.getTime() - offsetMinutes(zone) * 60_000).toISOString()
}

function offsetMinutes(zone: string | undefined): number {
  const match = /^([+-])(\d\d):?(\d\d)?$/.exec(zone ?? '')
  if (!match) return 0
  const [, sign, hours, minutes] = match
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes ?? 0))
}
