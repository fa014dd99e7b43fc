import { type Author, newSpaceId, type ProjectedRow, type Schema, Space, type SpaceId } from 'segue/crdt'
import * as Y from 'yjs'
import { sampleSchema } from './sample-schema.ts'

/** A space over a new document, of a client with this number. */
export function openSpace({
  id = newSpaceId(),
  schema = sampleSchema,
  clientId,
  doc = new Y.Doc({ guid: id }),
  author,
  now,
}: {
  id?: SpaceId
  schema?: Schema
  clientId?: number
  doc?: Y.Doc
  author?: Author
  now?: () => Date
} = {}): Space {
  if (clientId !== undefined) doc.clientID = clientId
  return new Space({ id, schema, doc, author, now })
}

/** Brings `to` up to what `from` knows. */
export const deliver = (from: Space, to: Space): void =>
  Y.applyUpdate(to.doc, Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(to.doc)), 'network')

/** Lets all of them know everything. */
export function exchange(...spaces: Space[]): void {
  for (const from of spaces) for (const to of spaces) if (from !== to) deliver(from, to)
  for (const from of spaces) for (const to of spaces) if (from !== to) deliver(from, to)
}

/** Every row of a space as the schema reads it, sorted by table and id. */
export function projectedRows(space: Space): [key: string, row: ProjectedRow][] {
  return space.schema.shapes
    .flatMap((shape) =>
      [...space.rowIds(shape)].map((id): [string, ProjectedRow] => [
        `${shape.name} ${id}`,
        space.project(shape, id),
      ]),
    )
    .filter(([, row]) => row.state !== 'absent')
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Collects the updates that a document emits from now on. */
export function updatesOf(space: Space): Uint8Array[] {
  const updates: Uint8Array[] = []
  space.doc.on('update', (update: Uint8Array) => updates.push(update))
  return updates
}

/** A row's map under a key of a table, filled as a foreign program might. */
export function foreignRow(space: Space, table: string, key: string, cells: Record<string, unknown>): void {
  space.doc.transact(() => {
    const row = new Y.Map<unknown>()
    for (const [name, value] of Object.entries(cells)) row.set(name, value)
    space.doc.getMap(table).set(key, row)
  }, 'foreign')
}
