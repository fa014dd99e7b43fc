import type { Store } from '../peer.ts'
import { answerOf } from '../rows.ts'
import { type Figures, mustBe, type Scene, timed } from './scene.ts'

const NOTHING = {} as Store

/** From the stored bytes, with nothing in memory, until the query is answered, and until rows can be edited. */
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
  // What else has to be read before an edit is possible is left to go on meanwhile.
  const toEditMs = coldMs + (await timed(() => scene.store.durable()))
  return { coldMs, toEditMs }
}
