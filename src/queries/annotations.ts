import { and, eq } from 'drizzle-orm'
import type { ReadDatabase } from 'segue/bridge'
import type { SpaceId } from 'segue/crdt'
import { note, reference } from 'segue/tables'

/** Notes of one tune in one space, in their order; their text comes through the shared text itself. */
export function notesOf(db: ReadDatabase, spaceId: SpaceId, tuneId: string) {
  return db
    .select({ id: note.id, author: note.userRef, created: note.createdDate, text: note.noteText })
    .from(note)
    .where(and(eq(note.spaceId, spaceId), eq(note.tuneRef, tuneId)))
    .orderBy(note.displayOrder, note.id)
}

export type NoteRow = ReturnType<ReturnType<typeof notesOf>['all']>[number]

/** References of one tune in one space, in their order. */
export function referencesOf(db: ReadDatabase, spaceId: SpaceId, tuneId: string) {
  return db
    .select({
      id: reference.id,
      url: reference.url,
      type: reference.refType,
      title: reference.title,
      comment: reference.comment,
    })
    .from(reference)
    .where(and(eq(reference.spaceId, spaceId), eq(reference.tuneRef, tuneId)))
    .orderBy(reference.displayOrder, reference.id)
}
