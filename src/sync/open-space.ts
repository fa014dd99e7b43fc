import type { Mirror } from 'segue/bridge'
import { type Author, type NewConflict, Space } from 'segue/crdt'
import type { Clock } from 'segue/supabase'
import type { CatalogEntry, Device, OwnedSpaceStore } from './device/index.ts'

/** A space of this device in memory: its document, and the store that keeps it. */
export interface OpenSpace {
  readonly space: Space
  readonly store: OwnedSpaceStore
  /** Resolves once the document holds what the device has of it. */
  readonly ready: Promise<void>
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

/** Opens the document of a space in the epoch its catalog entry names. */
export function openSpace(
  { device, mirror, clock, author, onConflict, onChange }: Surroundings,
  entry: CatalogEntry,
): OpenSpace {
  const now = () => new Date(clock.now())
  const space = new Space({ id: entry.id, schema: mirror.schema, author, now })
  const store = device.openStore(space, entry.epoch)
  const ready = store.loaded.then(() => {
    space.observeUnknown(onChange)
    space.observe(({ conflicts }) => {
      // What a first reading of the log brings is no news: it was there before this device.
      if (conflicts.length > 0 && store.cursor > 0) onConflict({ space, conflicts })
    })
  })
  return { space, store, ready, entry }
}

/** Frees a space's document. What is stored stays. */
export async function closeSpace(mirror: Mirror, { space, store }: OpenSpace): Promise<void> {
  if (mirror.spaces.includes(space)) mirror.detach(space.id)
  await store.destroy()
  space.destroy()
}
