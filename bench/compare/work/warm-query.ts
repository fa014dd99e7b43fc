import { answerOf } from '../rows.ts'
import { type Figures, mustBe, type Scene, timed } from './scene.ts'

const TIMES = 20

/** The same query over and over, with everything in memory. */
export async function warmQuery({ store, rows, peer }: Scene): Promise<Figures> {
  const expected = answerOf(rows).map(({ id }) => id)
  const ids = (await store.query()).map(({ id }) => id)
  mustBe(`${peer.name}'s answer`, ids, expected)
  let total = 0
  for (let n = 0; n < TIMES; n++) total += await timed(() => store.query())
  return { queryMs: total / TIMES }
}
