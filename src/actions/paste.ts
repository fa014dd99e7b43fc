import type { RowId, Space } from 'segue/crdt'
import { tune } from 'segue/tables'
import { allRows } from './rows.ts'
import { createTune } from './tunes.ts'

/** The titles of a pasted list: one a line, without numbers or bullets in front, each once. */
export function pastedTitles(text: string): string[] {
  const seen = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const title = line.replace(/^\s*(?:\d+[.)]\s+|[-*•]\s+)?/, '').trim()
    if (title !== '' && !seen.has(title.toLowerCase())) seen.set(title.toLowerCase(), title.slice(0, 300))
  }
  return [...seen.values()]
}

/**
 * Adds a tune for each title that the library does not have yet, in one transaction.
 *
 * @returns ids of the new tunes
 */
export function createTunesByTitle(library: Space, titles: readonly string[]): RowId[] {
  return library.transact(() => {
    const known = new Set(allRows(library, tune).map(({ title }) => title.toLowerCase()))
    return titles
      .filter((title) => !known.has(title.toLowerCase()))
      .map((title) => createTune(library, { title }))
  })
}
