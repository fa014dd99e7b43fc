/** The benchmarks, in the order in which they follow each other. Stored bytes are counted by those that write. */
import { coldLoad } from './cold-load.ts'
import { edits } from './edits.ts'
import { insert } from './insert.ts'
import { merge } from './merge.ts'
import type { Figures, Scene } from './scene.ts'
import { screen } from './screen.ts'
import { warmQuery } from './warm-query.ts'

export type { Figures, Scene } from './scene.ts'

export const benchmarks: Readonly<Record<string, (scene: Scene) => Promise<Figures>>> = {
  insert,
  query: warmQuery,
  cold: coldLoad,
  edits,
  merge,
  screen,
}
