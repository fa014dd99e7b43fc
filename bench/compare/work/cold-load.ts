import { answerOf } from '../rows.ts'
import { type Figures, mustBe, type Scene, timed } from './scene.ts'

/** From the stored bytes, with nothing in memory, until the query is answered. */
export async function coldLoad(scene: Scene): Promise<Figures> {
  if (scene.peer.staysOpen) return {}
  await scene.store.close()
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
  return { coldMs }
}
