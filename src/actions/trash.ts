import type { Space } from 'segue/crdt'
import { tableNamed } from './rows.ts'

/** Tables of the app by SQL name, in the words of people. */
const WORDS: Readonly<Record<string, string>> = {
  tune: 'Tune',
  playlist: 'Playlist',
  playlist_tune: 'Taken off a list',
  note: 'Note',
  reference: 'Reference',
  tag: 'Tag',
  practice_record: 'Practice record',
  daily_practice_queue: 'Practice queue',
  tune_override: 'Own version of a tune',
}

export const trashKind = (tableName: string): string => WORDS[tableName] ?? tableName

/**
 * What a removed row is called: its title, name, text or address, in that order.
 *
 * @param json  the row as JSON with SQL column names
 */
export function trashName(json: string, titleOf: (tuneId: string) => string | undefined): string {
  const row: unknown = JSON.parse(json)
  const field = (key: string): string => {
    const value: unknown = typeof row === 'object' && row !== null ? Reflect.get(row, key) : undefined
    return typeof value === 'string' ? value.trim() : ''
  }
  const own = ['title', 'name', 'note_text', 'tag_text', 'url'].map(field).find((text) => text !== '')
  return (own ?? titleOf(field('tune_ref')) ?? 'Without a name').slice(0, 140)
}

/** Takes a row out of the trash, whatever table it belongs to. */
export function restoreRow(space: Space, tableName: string, rowId: string): void {
  space.restore(tableNamed(space, tableName), rowId)
}
