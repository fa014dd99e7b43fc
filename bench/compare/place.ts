import type { Size } from './run.ts'
import type { Figures } from './work/index.ts'

/** Where peers do their work: this process or a browser. */
export interface Place {
  readonly peers: readonly PeerInPlace[]
  /** What the place brings to be measured with. */
  readonly surroundings: {
    readonly storage: string
    readonly versions: Readonly<Record<string, string>>
  }
  close(): Promise<void>
}

/** A peer that is ready for work. */
export interface PeerInPlace {
  readonly name: string
  readonly title: string
  /** Does all the work once, on rows of its own. */
  run(size: Size): Promise<Figures>
}
