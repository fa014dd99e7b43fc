import { bytesOf, type Figures, mustBe, type Scene, timed } from './scene.ts'

/** A peer that takes longer makes fewer edits. */
const LIMIT_MS = 10_000
const BATCH = 100

/** One cell after the other, each seen by queries before the next; then until all are stored. */
export async function edits(scene: Scene): Promise<Figures> {
  const { store, rows, peer } = scene
  let total = 0
  let made = 0
  while (made < scene.edits && total < LIMIT_MS) {
    const until = Math.min(scene.edits, made + BATCH)
    total += await timed(async () => {
      for (; made < until; made++) {
        const row = nth(rows, made)
        row.a = rows.length + made
        const edited = store.edit(row.id, row.a)
        if (edited) await edited
      }
    })
    const { id, a } = nth(rows, made - 1)
    mustBe(`${peer.name} after an edit`, await store.read(id), a)
  }
  const storeMs = await timed(() => store.durable())
  return {
    edits: made,
    editUs: (total / made) * 1000,
    editDurableUs: ((total + storeMs) / made) * 1000,
    editedBytes: await bytesOf(scene),
  }
}

/** Rows far apart, each once before any comes again. */
function nth<T>(all: readonly T[], n: number): T {
  const found = all[(n * 7919) % all.length]
  if (found === undefined) throw new Error('There are no rows.')
  return found
}
