import { DuplicateRowError, InvalidRowError, type RowId, type RowPatch, type Space } from 'segue/crdt'
import { note, type REFERENCE_TYPES, reference, tag } from 'segue/tables'
import { asWebAddress } from './links.ts'
import { allRows } from './rows.ts'

type NoteValues = typeof note.$inferSelect
export type ReferenceType = (typeof REFERENCE_TYPES)[number]

/** Adds an empty note to a tune, after the ones that are there. */
export function addNote(space: Space, tuneId: RowId, author: string, text = ''): RowId {
  return space.insert(note, {
    tuneRef: tuneId,
    userRef: author,
    noteText: text,
    createdDate: new Date().toISOString(),
    displayOrder: nextOrder(allRows(space, note), tuneId),
  })
}

/**
 * Copies the words of notes into another space under the same ids; what is there already is left alone. Their marks
 * follow with {@link copyMarks}.
 *
 * @returns  the ids of those that are new
 */
export function copyNotes(
  from: Space,
  to: Space,
  wanted: (row: NoteValues) => boolean,
  changes: RowPatch<typeof note>,
): RowId[] {
  const rows = allRows(from, note).filter((row) => wanted(row) && to.get(note, row.id) === undefined)
  for (const { spaceId: _spaceId, ...row } of rows) to.insert(note, { ...row, ...changes })
  return rows.map(({ id }) => id)
}

/** Marks copied notes as they are marked where they come from. Their rows must have been written: not in the same transaction. */
export function copyMarks(from: Space, to: Space, ids: readonly RowId[]): void {
  to.transact(() => {
    for (const id of ids) {
      const pieces: readonly { insert?: unknown; attributes?: object }[] = from
        .text(note, id, 'noteText')
        .toDelta()
      const marks = pieces.flatMap(({ insert, attributes }) =>
        typeof insert === 'string' ? [{ retain: insert.length, ...(attributes ? { attributes } : {}) }] : [],
      )
      if (marks.some(({ attributes }) => attributes)) to.text(note, id, 'noteText').applyDelta(marks)
    }
  })
}

/** What a person types about a link. */
interface NewReference {
  readonly url: string
  readonly refType: ReferenceType
  readonly title: string
  readonly comment: string
}

/**
 * Adds a link to a tune. An address without a scheme gets `https://`.
 *
 * @throws {InvalidRowError} the address is no web address
 */
export function addReference(space: Space, tuneId: RowId, author: string, values: NewReference): RowId {
  const url = asWebAddress(values.url)
  if (url === undefined) {
    throw new InvalidRowError('reference', [
      { column: 'url', message: 'must be a web address, like https://example.org/tune' },
    ])
  }
  return space.insert(reference, {
    tuneRef: tuneId,
    userRef: author,
    url,
    refType: values.refType,
    title: values.title.trim() || null,
    comment: values.comment.trim() || null,
    displayOrder: nextOrder(allRows(space, reference), tuneId),
  })
}

/**
 * Puts a word on a tune. Words are kept in lower case without surrounding space; a word that is there already stays.
 *
 * @returns whether the word is new on this tune
 */
export function addTag(library: Space, tuneId: RowId, owner: string, word: string): boolean {
  const tagText = word.trim().toLowerCase().replaceAll(/\s+/g, ' ')
  if (tagText === '') return false
  try {
    library.insert(tag, { userRef: owner, tuneRef: tuneId, tagText })
    return true
  } catch (error) {
    if (error instanceof DuplicateRowError) return false
    throw error
  }
}

function nextOrder(rows: readonly { tuneRef: string; displayOrder: number }[], tuneId: RowId): number {
  return rows.reduce((next, row) => (row.tuneRef === tuneId ? Math.max(next, row.displayOrder + 1) : next), 0)
}
