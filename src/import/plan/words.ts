import type { CellValue } from 'segue/crdt'
import { GENRES, INSTRUMENTS, TUNE_TYPES } from 'segue/tables'
import { asWebAddress } from '../../actions/index.ts'
import { modeName } from '../musical-key.ts'
import { type RawTable, valueIn } from '../raw.ts'
import { legacyKey } from './identity.ts'

/** Names by legacy id, for columns that point into a table which is not imported. */
export type Names = ReadonlyMap<string, string>

/** The names that a look-up table gives to its ids. */
export function namesIn(tables: readonly RawTable[], table: string, column: string): Names {
  const names = new Map<string, string>()
  for (const { name, rows } of tables) {
    if (name !== table) continue
    for (const row of rows) {
      const id = legacyKey(row.get('id') ?? row.get(`${table}_id`))
      const word = legacyKey(valueIn(row, column))
      if (id !== undefined && word !== undefined) names.set(id, word)
    }
  }
  return names
}

const TYPES = new Map<string, string>(
  TUNE_TYPES.flatMap(({ id, name }) => [
    [id, id],
    [name.toLowerCase(), id],
  ]),
)
const GENRE_IDS = new Map<string, string>(
  GENRES.flatMap(({ id, name }) => [
    [id.toLowerCase(), id],
    [name.toLowerCase(), id],
  ]),
)

/** “Slip Jig”, “slip-jig” and “Slip Jigs” are all our slip jig. What the app has no word for stays as it is. */
function typeName(type: string): string {
  const plain = type.toLowerCase().replaceAll(/[\s_-]+/g, ' ')
  return TYPES.get(plain) ?? TYPES.get(plain.replace(/s$/, '')) ?? type
}

/** Look-up tables of a group. */
export interface WordTables {
  readonly instruments: Names
  readonly genres: Names
}

/** The app's own word for a value, where it has one. `undefined` when the value is not fit to be kept at all. */
export function ownWord(
  property: string,
  value: CellValue,
  { instruments, genres }: WordTables,
): CellValue | undefined {
  if (typeof value !== 'string') return value
  switch (property) {
    case 'mode':
      return modeName(value) ?? null
    case 'type':
      return typeName(value)
    case 'genre':
    case 'genreDefault': {
      const name = genres.get(value) ?? value
      return GENRE_IDS.get(value.toLowerCase()) ?? GENRE_IDS.get(name.toLowerCase()) ?? name
    }
    case 'instrumentRef': {
      const name = instruments.get(value) ?? value
      return INSTRUMENTS.find((known) => known === name.toLowerCase()) ?? name
    }
    case 'url':
      return asWebAddress(value)
    case 'tagText':
      return value.toLowerCase().replaceAll(/\s+/g, ' ')
    default:
      return value
  }
}
