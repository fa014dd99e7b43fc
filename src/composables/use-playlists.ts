import type { SpaceId } from 'segue/crdt'
import { type SpaceInfo, useLiveQuery, useSegue, useSpaces } from 'segue/vue'
import { type ComputedRef, computed } from 'vue'
import { playlistNames, removedPlaylists, tuneCounts } from '../queries/index.ts'

/** A playlist as lists of playlists show it. */
export interface ListedPlaylist extends SpaceInfo {
  readonly tunes: number
}

/** The playlists that are not in the trash, by name. */
export function usePlaylists(): {
  playlists: ComputedRef<readonly ListedPlaylist[]>
  byId: ComputedRef<ReadonlyMap<SpaceId, ListedPlaylist>>
} {
  const segue = useSegue()
  const spaces = useSpaces()
  const names = useLiveQuery(() => playlistNames(segue.db))
  const counts = useLiveQuery(() => tuneCounts(segue.db))
  const removed = useLiveQuery(() => removedPlaylists(segue.db))

  const playlists = computed(() => {
    const nameOf = new Map(names.value.map(({ spaceId, name }) => [spaceId, name]))
    const countOf = new Map(counts.value.map(({ spaceId, tunes }) => [spaceId, tunes]))
    const gone = new Set(removed.value.map(({ spaceId }) => spaceId))
    return spaces.value
      .filter(({ id, kind }) => kind === 'playlist' && !gone.has(id))
      .map((info) => ({ ...info, name: nameOf.get(info.id) ?? info.name, tunes: countOf.get(info.id) ?? 0 }))
      .sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id))
  })
  const byId = computed(() => new Map(playlists.value.map((list) => [list.id, list])))
  return { playlists, byId }
}
