import * as Y from 'yjs'
import { entriesOf, textEntry, writeRegister, writerKey } from './cells.ts'
import { deriveFilledText } from './derived-type.ts'
import type { RowMap } from './row-parts.ts'

/**
 * The shared text of a cell; made, where there is none yet, of the plain text that the cell holds: of nothing in a
 * column that was added later, of a register's value in one that has become a `richText`.
 *
 * Whoever makes it makes the same: so the first words of several people merge. Has to be called in a transaction.
 */
export function sharedText(parts: readonly RowMap[], column: string): Y.Text {
  const found = textEntry(parts, column)
  if (found?.value instanceof Y.Text) return found.value
  const [part] = parts
  const origin = found?.item.id ?? part?._item?.id
  const content = typeof found?.value === 'string' ? found.value.toWellFormed() : ''
  const derived =
    part &&
    origin &&
    deriveFilledText(part, { origin, content, keyOf: (client) => writerKey(column, client) })
  if (!derived) {
    const text = new Y.Text(content)
    writeRegister(parts, column, text)
    return text
  }
  for (const each of entriesOf(parts, column)) if (each.value !== derived) each.part.delete(each.key)
  return derived
}
