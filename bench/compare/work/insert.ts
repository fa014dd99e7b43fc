import { bytesOf, type Figures, mustBe, type Scene, timed } from './scene.ts'

/** All rows at once: until queries see them, until they are stored, and what is stored then. */
export async function insert(scene: Scene): Promise<Figures> {
  const { store, rows, peer } = scene
  const insertMs = await timed(() => store.insert(rows))
  const storeMs = await timed(() => store.durable())
  const last = rows[rows.length - 1]
  if (last) mustBe(`${peer.name} after inserting`, await store.read(last.id), last.a)
  return {
    insertMs,
    insertDurableMs: insertMs + storeMs,
    insertedBytes: await bytesOf(scene),
  }
}
