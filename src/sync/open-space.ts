import type { Mirror } from 'segue/bridge'
import { type Author, Space } from 'segue/crdt'
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

/** Opens the document of a space in the epoch its catalog entry names. */
export function openSpace(
  { device, mirror, clock, author }: { device: Device; mirror: Mirror; clock: Clock; author: Author },
  entry: CatalogEntry,
): OpenSpace {
  const now = () => new Date(clock.now())
  const space = new Space({ id: entry.id, schema: mirror.schema, author, now })
  const store = device.openStore(space, entry.epoch)
  return { space, store, ready: store.loaded, entry }
}

/** Frees a space's document. What is stored stays. */
export async function closeSpace(mirror: Mirror, { space, store }: OpenSpace): Promise<void> {
  if (mirror.spaces.includes(space)) mirror.detach(space.id)
  await store.destroy()
  space.destroy()
}
