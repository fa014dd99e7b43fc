import type { Store } from '../peer.ts'
import { type Figures, mustBe, type Scene, timed } from './scene.ts'

const EDITS = 1_000

/** Two replicas with edits of their own, a tenth of them of the same cells, until both show those of both. */
export async function merge({ store, rows, peer }: Scene): Promise<Figures> {
  if (!store.fork || !store.exchange) return {}
  const other = await store.fork()
  await edit(store, rows.slice(0, EDITS), 1_000_000)
  await edit(other, rows.slice(EDITS * 0.9, EDITS * 1.9), 2_000_000)
  const mergeMs = await timed(() => store.exchange?.(other))
  for (const { id } of rows.slice(0, EDITS * 1.9)) {
    mustBe(`${peer.name}'s replicas`, await store.read(id), await other.read(id))
  }
  const [mine, theirs] = [rows[0], rows[EDITS]]
  if (mine && theirs) {
    mustBe(
      `${peer.name} after merging`,
      [await other.read(mine.id), await store.read(theirs.id)],
      [1e6, 2e6 + EDITS * 0.1],
    )
  }
  await other.close()
  return { mergeMs }
}

async function edit(store: Store, rows: Scene['rows'], from: number): Promise<void> {
  for (const [index, { id }] of rows.entries()) {
    const edited = store.edit(id, from + index)
    if (edited) await edited
  }
}
