import type { SpaceId } from 'segue/crdt'
import { useSegue } from 'segue/vue'
import { type Ref, ref, watch } from 'vue'
import { recall, remember } from '../stores/device-memory.ts'
import type { ListedPlaylist } from './use-playlists.ts'

const KEY = 'segue-co-members'

/** With whom each playlist is shared, by name; the last known answer while there is no network. */
export function useCoMembers(playlists: Readonly<Ref<readonly ListedPlaylist[]>>) {
  const segue = useSegue()
  const names = ref<Readonly<Record<string, readonly string[]>>>(remembered())
  const asked = new Set<SpaceId>()

  async function ask(id: SpaceId): Promise<void> {
    const members = (await segue.members?.members(id)) ?? []
    const others = members
      .filter(({ userId }) => userId !== segue.profile)
      .map(({ displayName, email }) => displayName ?? email ?? 'Somebody')
    names.value = { ...names.value, [id]: others }
    remember(KEY, names.value)
  }

  watch(
    playlists,
    (lists) => {
      if (!navigator.onLine) return
      for (const { id, problem, sync } of lists) {
        // The server knows a new list once the list has been merged with its log.
        if (problem || !sync?.merged || asked.has(id)) continue
        asked.add(id)
        ask(id).catch((error: unknown) => console.info('Members are the ones known from before.', error))
      }
    },
    { immediate: true },
  )

  return { peopleOf: (id: SpaceId): readonly string[] => names.value[id] ?? [] }
}

function remembered(): Readonly<Record<string, readonly string[]>> {
  const value = recall(KEY)
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string[]] => Array.isArray(entry[1])),
  )
}
