import type { Mirror } from 'segue/bridge'
import { type Author, type NewConflict, Space, type UnknownParts } from 'segue/crdt'
import type { Clock } from 'segue/supabase'
import type * as Y from 'yjs'
import type { CatalogEntry, Device, MarkedSpace, OwnedSpaceStore } from './device/index.ts'

/** A space of this device: its document, which is read when it is first needed, and the store that keeps it. */
export interface OpenSpace {
  readonly space: Space
  readonly store: OwnedSpaceStore
  /** Resolves once what the device has of it is here, which is read when somebody first asks. */
  readonly ready: Promise<void>
  readonly isReady: boolean
  /** What this version of the app does not know of it. */
  readonly unknown: UnknownParts
  entry: CatalogEntry
}

/** What has been found to be written at the same time, in one space. */
export interface FoundConflicts {
  readonly space: Space
  readonly conflicts: readonly NewConflict[]
}

interface Surroundings {
  readonly device: Device
  readonly mirror: Mirror
  readonly clock: Clock
  readonly author: Author
  readonly onConflict: (found: FoundConflicts) => void
  readonly onChange: () => void
}

/**
 * Opens a space in the epoch its catalog entry names.
 *
 * @param marked  what the mirror has of it already
 */
export function openSpace(
  { device, mirror, clock, author, onConflict, onChange }: Surroundings,
  entry: CatalogEntry,
  marked?: MarkedSpace,
): OpenSpace {
  const now = () => new Date(clock.now())
  let isReading = false
  const stored = {
    applyNext: (doc: Y.Doc) => store.applyNext(doc),
    applyRest(doc: Y.Doc) {
      isReading = true
      store.applyRest(doc)
      isReading = false
    },
  }
  const space = new Space({ id: entry.id, schema: mirror.schema, author, now, stored })
  const store = device.openStore(space, entry.epoch, marked?.updates)
  space.observeUnknown(onChange)
  space.observe(({ conflicts }) => {
    // What a first reading of the log brings, or of the device, is no news: it was there before.
    if (conflicts.length > 0 && store.cursor > 0 && !isReading) onConflict({ space, conflicts })
  })
  let unknown = marked?.unknown ?? NOTHING_UNKNOWN
  // A document that is closed is not asked any more.
  space.observeLoaded(() => {
    unknown = space.unknown
  })
  let isReady = false
  let ready: Promise<void> | undefined
  return {
    ...{ space, store, entry },
    get ready() {
      ready ??= store.loaded.then(() => {
        isReady = true
      })
      return ready
    },
    get isReady() {
      return isReady
    },
    get unknown() {
      return space.isLoaded ? space.unknown : unknown
    },
  }
}

const NOTHING_UNKNOWN: UnknownParts = { tables: [], columns: [], values: [] }

/** Takes a space out of the mirror, and frees its document. What is stored stays. */
export async function closeSpace(mirror: Mirror, open: OpenSpace): Promise<void> {
  if (mirror.spaces.includes(open.space)) mirror.detach(open.space.id)
  await freeSpace(open)
}

/** Frees a space's document. */
export async function freeSpace({ space, store }: OpenSpace): Promise<void> {
  await store.destroy()
  space.destroy()
}
