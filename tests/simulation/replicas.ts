import { retryWaiting, Space, toSpaceId, waitsForUpdates } from 'segue/crdt'
import { LogApi } from 'segue/supabase'
import * as Y from 'yjs'
import { NEWER, TABLES } from './schemas.ts'
import type { World } from './world.ts'

type Cells = Readonly<Record<string, unknown>>

/** What a document says: its tables with every row and column. */
export type Content = ReadonlyMap<string, ReadonlyMap<string, Cells>>

/** A document as the newer version of the app reads it; with `removed_at` for rows in the trash. */
export function readingOf(doc: Y.Doc): Content {
  const space = new Space({ id: toSpaceId(doc.guid), schema: NEWER.schema, doc })
  return new Map(
    space.schema.shapes.map((shape) => {
      const rows = [...space.rowIds(shape)].flatMap((rowId): [string, Cells][] => {
        const row = space.project(shape, rowId)
        if (row.state === 'absent' || row.state === 'hidden') return []
        const cells = Object.fromEntries(shape.columns.map(({ name }, index) => [name, row.cells[index]]))
        return [[rowId, row.state === 'removed' ? { ...cells, removed_at: row.removedAt } : cells]]
      })
      return [shape.name, new Map(rows)]
    }),
  )
}

/** A document as it is stored, whichever version of the app wrote it. */
function contentOf(doc: Y.Doc): Content {
  return new Map(
    TABLES.map((table) => {
      const rows = Object.entries(doc.getMap(table).toJSON()).sort(([a], [b]) => (a < b ? -1 : 1))
      return [table, new Map(rows as [string, Cells][])]
    }),
  )
}

/** The same text for the same content. */
export function fingerprint(doc: Y.Doc): string {
  const rows = [...contentOf(doc)].flatMap(([table, found]) =>
    [...found].map(([key, cells]) => [
      table,
      key,
      Object.entries(cells).sort(([a], [b]) => (a < b ? -1 : 1)),
    ]),
  )
  return `${rows.map((row) => JSON.stringify(row)).join('\n')}\n${waitsForUpdates(doc) ?? ''}`
}

/** A space as a new device reads it, through the functions that members call. */
export async function asMember(
  world: World,
  space: string,
): Promise<{ doc: Y.Doc; head: number; epoch: number }> {
  const id = toSpaceId(space)
  const owner = world.people.find(({ userId }) => world.roleOf(space, userId) === 'owner')
  if (!owner) throw new Error('A space without an owner.')
  const log = new LogApi((name, args = {}) => world.server.call(owner, name, args))
  const doc = new Y.Doc({ guid: space })
  const snapshot = await log.readSnapshot(id)
  if (snapshot) Y.applyUpdateV2(doc, snapshot.state)
  let seq = snapshot?.seq ?? 0
  for (;;) {
    const epoch = snapshot?.epoch ?? 0
    const page = await log.pull(id, epoch, seq, 500)
    const [first] = page.entries
    if (!first) return { doc, head: page.head, epoch: page.epoch }
    if (first.seq !== seq + 1) throw new Error(`The log of ${space} has a hole before ${first.seq}.`)
    for (const entry of page.entries) {
      if (entry.seq !== ++seq) throw new Error(`The log of ${space} has a hole before ${entry.seq}.`)
      Y.applyUpdate(doc, entry.update)
      retryWaiting(doc, 'log')
    }
  }
}
