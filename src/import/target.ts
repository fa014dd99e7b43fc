import type { Space } from 'segue/crdt'
import type { Segue } from 'segue/vue'
import type { ImportTarget } from './types.ts'

/** The spaces of one person as the place an import goes to. */
export const importTarget = (segue: Segue, library: Space): ImportTarget => ({
  library,
  owner: segue.profile,
  playlistSpace: ({ id, name }) => segue.createSpace({ id, kind: 'playlist', name }),
  findPlaylist: (id) => segue.space(id),
})

/**
 * What tells this person's imports from everybody's; see `PlanOptions.scope`. Somebody without an account has no id
 * of their own, but a library that has one.
 */
export const importScope = (segue: Segue, library: Space): string =>
  segue.remote ? segue.profile : library.id
