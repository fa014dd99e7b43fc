const UTF16_LE_BOM = [0xff, 0xfe]
const UTF16_BE_BOM = [0xfe, 0xff]
const NEWLINE = 0x0a
/** As many bytes as are looked at to see whether every other one is zero. */
const SAMPLE_BYTES = 512

const startsWith = (bytes: Uint8Array, start: readonly number[]) =>
  start.every((byte, index) => bytes[index] === byte)

const windows1252 = new TextDecoder('windows-1252')
const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Text of unknown encoding: UTF-16 where a byte order mark or its zeros say so, else UTF-8, and Windows-1252 for each
 * line that is not valid UTF-8.
 *
 * Bytes that are valid UTF-8 are hardly ever meant as anything else; old programs on Windows wrote the other, and
 * files that were put together by hand hold both.
 */
export function decodeText(bytes: Uint8Array): string {
  const utf16 = utf16Of(bytes)
  if (utf16) return new TextDecoder(utf16).decode(bytes)
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return linesOf(bytes).map(decodeLine).join('\n')
  }
}

function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (startsWith(bytes, UTF16_LE_BOM)) return 'utf-16le'
  if (startsWith(bytes, UTF16_BE_BOM)) return 'utf-16be'
  const sample = bytes.subarray(0, SAMPLE_BYTES)
  if (sample.length < 4 || sample.length % 2 === 1) return undefined
  let [even, odd] = [0, 0]
  for (const [index, byte] of sample.entries()) {
    if (byte === 0) index % 2 === 0 ? even++ : odd++
  }
  const most = sample.length * 0.4
  if (odd > most && even === 0) return 'utf-16le'
  return even > most && odd === 0 ? 'utf-16be' : undefined
}

function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  let start = 0
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    lines.push(bytes.subarray(start, end))
    start = end + 1
  }
  lines.push(bytes.subarray(start))
  return lines
}

function decodeLine(line: Uint8Array): string {
  try {
    return strictUtf8.decode(line)
  } catch {
    return windows1252.decode(line)
  }
}

/** The bytes that Windows-1252 has for the characters outside Latin-1. */
const BYTE_OF = new Map<string, number>()
for (let byte = 0x80; byte < 0xa0; byte++) BYTE_OF.set(windows1252.decode(Uint8Array.of(byte)), byte)

/**
 * Accented letters (Â or Ã and one more), quotes, dashes and ♭ ♯ (â with € or ™ and one more) as they look when their
 * UTF-8 is read as Windows-1252. No others: “Ó’” and “Å”” are letters that stand before a quote.
 */
const CONTINUATION = '[\u0080-\u00bf\u0152-\u0178\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]'
const TWICE_ENCODED = new RegExp(`(?:[ÂÃ]|â[€™])${CONTINUATION}`, 'g')
const ASCII = /^[\0-\x7f]*$/

/**
 * Undoes what happens when UTF-8 is read as Windows-1252 and stored again: “SeÃ¡n” → “Seán”. Text that does not look
 * like that in full was meant as it is.
 */
export function undoDoubleEncoding(text: string): string {
  if (ASCII.test(text) || !ASCII.test(text.replaceAll(TWICE_ENCODED, ''))) return text
  const bytes = Array.from(text, (char) => BYTE_OF.get(char) ?? char.charCodeAt(0))
  try {
    // It may have happened more than once.
    return undoDoubleEncoding(strictUtf8.decode(Uint8Array.from(bytes)))
  } catch {
    return text
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to take out
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g

/**
 * Text as it is stored: composed (NFC), lines ended by \n, without control characters, halves of a character or
 * surrounding blanks.
 */
export const cleanText = (text: string): string =>
  undoDoubleEncoding(text)
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(CONTROL, '')
    .toWellFormed()
    .normalize('NFC')
    .trim()
