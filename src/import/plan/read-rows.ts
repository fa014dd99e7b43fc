import type { TableShape } from 'segue/crdt'
import { tuneSchema } from 'segue/tables'
import { type DateOrder, dateOrderOf } from '../dates.ts'
import { type RawRow, type RawTable, valueIn } from '../raw.ts'
import type { ImportedTable, ImportProblem, PlannedRow } from '../types.ts'
import { isSet, readCell } from './cells.ts'
import type { PlannedGroup, QuietReason } from './group.ts'
import { legacyKey } from './identity.ts'
import { type Cells, contentKey, SPECS } from './specs.ts'
import { ownWord } from './words.ts'

/** Columns that are not read as they stand: links, owners and places are found in other ways. */
const OTHERWISE = new Set(['tuneRef', 'playlistRef', 'userRef', 'position', 'privateFor'])
const REMOVED_FLAGS = ['deleted', 'is_deleted', 'deleted_at']

/** A row is left out, quietly or with a reason of its own. */
type LeftOut = { readonly quiet: QuietReason } | { readonly error: string; readonly column?: string }

/** Reads one raw table into rows of a group. `seen` goes on over tables of the same name. */
export function readRows(
  group: PlannedGroup,
  table: ImportedTable,
  raw: RawTable,
  seen: Map<string, { readonly row: number; readonly content: string }>,
): void {
  const shape = tuneSchema.shapeNamed(table)
  if (!shape) throw new TypeError(`The app has no table "${table}".`)
  const reader = new RowReader(group, table, shape, raw)
  const spec = SPECS[table]
  const planned: { readonly place: number; readonly row: PlannedRow }[] = []
  raw.rows.forEach((rawRow, index) => {
    const row = index + 1
    const legacyId = spec.idColumns
      .map((column) => legacyKey(rawRow.get(column)))
      .find((id) => id !== undefined)
    const result = reader.read(rawRow, row, legacyId)
    if (!('cells' in result)) {
      group.links.set(table, legacyId, {
        state: 'left out',
        why: 'quiet' in result ? result.quiet : 'faulty',
      })
      reader.leaveOut(result, row)
      return
    }
    const { cells } = result
    const key = spec.key?.(cells) ?? legacyId ?? contentKey(table, cells)
    const content = JSON.stringify(cells)
    const twin = seen.get(key)
    if (twin) {
      reader.leaveOut(
        twin.content === content
          ? { quiet: 'repeated' }
          : { error: `is the same ${spec.same} as row ${twin.row}, with other values; that one counts` },
        row,
      )
      return
    }
    seen.set(key, { row, content })
    const id = group.newIds(table, spec.key ? key : (legacyId ?? key))
    group.links.set(table, legacyId, { state: 'planned', id })
    planned.push({
      place: placeOf(rawRow, spec.orderColumns),
      row: { id, legacyId, file: raw.file, row, cells },
    })
  })
  planned.sort((a, b) => a.place - b.place)
  // One by one: as arguments of one call, very many rows do not fit on a worker's stack.
  for (const { row } of planned) group.rows[table].push(row)
  reader.tellQuietOnes()
}

function placeOf(row: RawRow, columns: readonly string[] = []): number {
  const raw = columns.map((column) => row.get(column)).find((value) => value !== undefined && value !== '')
  const place = Number(raw ?? Number.NaN)
  return Number.isFinite(place) ? place : Number.MAX_SAFE_INTEGER
}

class RowReader {
  readonly #group: PlannedGroup
  readonly #table: ImportedTable
  readonly #shape: TableShape
  readonly #raw: RawTable
  readonly #orders = new Map<string, DateOrder>()
  readonly #quiet = new Map<QuietReason, number>()

  constructor(group: PlannedGroup, table: ImportedTable, shape: TableShape, raw: RawTable) {
    this.#group = group
    this.#table = table
    this.#shape = shape
    this.#raw = raw
    for (const { kind, name } of shape.columns) {
      if (kind === 'instant') this.#orders.set(name, dateOrderOf(raw.rows.map((row) => valueIn(row, name))))
    }
  }

  read(raw: RawRow, row: number, legacyId: string | undefined): { readonly cells: Cells } | LeftOut {
    if (raw.size === 0) return { error: 'is no row' }
    if (REMOVED_FLAGS.some((flag) => isSet(raw.get(flag)))) return { quiet: 'removed' }
    const cells: Cells = {}
    const fault =
      this.#setOwner(raw, cells) ?? this.#setLinks(raw, row, cells) ?? this.#setValues(raw, row, cells)
    if (fault) return fault
    if (this.#table === 'note' && cells.noteText === undefined) return { error: 'has no text' }
    if (this.#table === 'tune') this.#keepLegacyId(cells, legacyId)
    return { cells }
  }

  leaveOut(why: LeftOut, row: number): void {
    this.#group.skipped[this.#table]++
    if ('quiet' in why) this.#quiet.set(why.quiet, (this.#quiet.get(why.quiet) ?? 0) + 1)
    else this.#report('error', row, why.error, why.column)
  }

  tellQuietOnes(): void {
    for (const [reason, count] of this.#quiet) {
      const rows = count === 1 ? '1 row is' : `${count} rows are`
      this.#report('note', 0, `${rows} ${QUIET_WORDS[reason]}`)
    }
  }

  #report(severity: ImportProblem['severity'], row: number, message: string, column?: string): void {
    const { file } = this.#raw
    this.#group.problems.push({ file, table: this.#table, row, column, severity, message })
  }

  #setOwner(raw: RawRow, cells: Cells): LeftOut | undefined {
    const { people, person, owner } = this.#group
    const privateFor = people.canonical(raw.get('private_for'))
    if (this.#table === 'tune' && privateFor !== undefined) {
      if (privateFor !== person) return { quiet: 'of somebody else' }
      cells.privateFor = owner
    }
    const { owned } = SPECS[this.#table]
    if (!owned) return undefined
    const said = people.canonical(valueIn(raw, 'user_ref'))
    if (said !== undefined && said !== person) return { quiet: 'of somebody else' }
    if (said !== undefined || owned === 'always') cells.userRef = owner
    return undefined
  }

  #setLinks(raw: RawRow, row: number, cells: Cells): LeftOut | undefined {
    const { tuneLink, playlistLink } = SPECS[this.#table]
    if (tuneLink) {
      const fault = this.#follow('tune', 'tuneRef', valueIn(raw, 'tune_ref'), cells)
      if (fault) return fault
    }
    if (!playlistLink) return undefined
    const fault = this.#follow('playlist', 'playlistRef', valueIn(raw, 'playlist_ref'), cells)
    if (fault === undefined || playlistLink === 'required') return fault
    // A note without its playlist is still a note on its tune.
    if ('error' in fault && legacyKey(valueIn(raw, 'playlist_ref')) !== undefined) {
      this.#report('warning', row, `${fault.error}; it is kept without one`, fault.column)
    }
    return undefined
  }

  #follow(to: 'tune' | 'playlist', property: string, value: unknown, cells: Cells): LeftOut | undefined {
    const column = this.#shape.byProperty.get(property)?.name ?? property
    const end = this.#group.links.follow(to, value)
    switch (end.state) {
      case 'planned':
        cells[property] = end.id
        return undefined
      case 'left out':
        return { quiet: end.why === 'of somebody else' ? 'of somebody else' : 'of something left out' }
      case 'unnamed':
        return { error: `names no ${to}`, column }
      case 'missing':
        return { error: `belongs to ${to} ${end.legacyId}, which these files do not have`, column }
    }
  }

  #setValues(raw: RawRow, row: number, cells: Cells): LeftOut | undefined {
    for (const column of this.#shape.columns) {
      const { name, property, notNull, defaultValue } = column
      if (OTHERWISE.has(property)) continue
      const read = readCell(column, valueIn(raw, name), this.#orders.get(name) ?? 'day first')
      const value = read.value === undefined ? undefined : ownWord(property, read.value, this.#group.words)
      const isRequired = notNull && defaultValue === null
      if (property === 'url' && read.value !== undefined && value === undefined) {
        return { error: `must be a web address, not “${String(read.value).slice(0, 60)}”`, column: name }
      }
      if (value === undefined && isRequired) return { error: read.problem ?? `has no ${name}`, column: name }
      const leftEmpty = value === undefined ? '; it is left empty' : ''
      if (read.problem) this.#report('warning', row, `${read.problem}${leftEmpty}`, name)
      if (value !== undefined && value !== null) cells[property] = value
    }
    return undefined
  }

  /** The map back to where a tune came from: its own foreign id if it has one, else its legacy id. */
  #keepLegacyId(cells: Cells, legacyId: string | undefined): void {
    if (legacyId === undefined || !/^\d+$/.test(legacyId)) return
    if (cells.idForeign !== undefined || cells.primaryOrigin !== undefined) return
    cells.idForeign = legacyId
    cells.primaryOrigin = this.#group.source
  }
}

const QUIET_WORDS: Readonly<Record<QuietReason, string>> = {
  removed: 'marked as removed there; left out',
  'of somebody else': 'somebody else’s; left out',
  'of something left out': 'left out, because the tune or playlist they belong to is',
  repeated: 'there more than once; taken once',
}
