import type { Peer } from './peer.ts'
import { newRows } from './rows.ts'
import { deleteStored } from './stored-bytes.ts'
import { benchmarks, type Figures, type Scene } from './work/index.ts'

export interface Size {
  readonly rows: number
  readonly edits: number
  /** Names of benchmarks. Rows are inserted in any case. */
  readonly work: readonly string[]
}

/** Where runs keep their rows, each under a name of its own. */
let runs = 0

/** One peer does all the work once, on rows of its own. */
export async function runOnce(peer: Peer, { rows, edits, work }: Size): Promise<Figures> {
  globalThis.gc?.()
  const name = `bench-${++runs}-of-${peer.name}`
  const scene: Scene = { ...{ peer, name, edits, rows: newRows(rows) }, store: await peer.open(name) }
  let figures: Figures = {}
  for (const [title, benchmark] of Object.entries(benchmarks)) {
    if (title === 'insert' || work.includes(title)) figures = { ...figures, ...(await benchmark(scene)) }
  }
  await scene.store.close()
  await deleteStored(name)
  return figures
}
