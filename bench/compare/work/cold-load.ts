import type { Store } from '../peer.ts'
import { answerOf } from '../rows.ts'
import { type Figures, mustBe, type Scene, timed } from './scene.ts'

const NOTHING = {} as Store

/** From the stored bytes, with nothing in memory, until the query is answered, and until a first edit is seen. */
export async function coldLoad(scene: Scene): Promise<Figures> {
  if (scene.peer.staysOpen) return {}
  await scene.store.close()
  // A start finds nothing in memory of what was open before.
  scene.store = NOTHING
  globalThis.gc?.()
  let ids: string[] = []
  const coldMs = await timed(async () => {
    scene.store = await scene.peer.open(scene.name)
    ids = (await scene.store.query()).map(({ id }) => id)
  })
  mustBe(
    `${scene.peer.name}'s answer after loading`,
    ids,
    answerOf(scene.rows).map(({ id }) => id),
  )
  const { store, rows, peer } = scene
  const [row] = rows
  if (!row) throw new Error('There are no rows.')
  row.a += rows.length
  // What was put off until somebody edits belongs to the start, not to the edits that are measured after it.
  const toEditMs = await timed(async () => {
    await store.durable()
    await store.edit(row.id, row.a)
  })
  mustBe(`${peer.name} after the first edit`, await store.read(row.id), row.a)
  return { coldMs, toEditMs: coldMs + toEditMs }
}
