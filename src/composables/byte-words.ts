const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const

/** “812 bytes”, “1.2 KB”, “34 MB”: two digits tell enough. */
export function bytesInWords(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000
    unit++
  }
  const rounded = size >= 10 || unit === 0 ? Math.round(size) : Math.round(size * 10) / 10
  return bytes === 1 ? '1 byte' : `${rounded.toLocaleString('en')} ${UNITS[unit]}`
}
