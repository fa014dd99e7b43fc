import type { SpaceId } from 'segue/crdt'
import { useSegue } from 'segue/vue'
import { type MaybeRefOrGetter, ref, toValue, watch } from 'vue'
import { recall, remember } from '../stores/device-memory.ts'
import { useMe } from './use-me.ts'

const KEY = 'segue-member-names'

/**
 * Names of the people of a space, or of several, by user id, remembered on the device for offline use. Unknown ids are
 * “Somebody”.
 */
export function useMemberNames(spaceIds: MaybeRefOrGetter<SpaceId | readonly SpaceId[] | undefined>) {
  const segue = useSegue()
  const me = useMe()
  const names = ref<Readonly<Record<string, string>>>(remembered())

  const asked = new Set<SpaceId>()
  const ask = (id: SpaceId): void => {
    if (asked.has(id) || !segue.members || !navigator.onLine) return
    asked.add(id)
    segue.members.members(id).then(
      (members) => {
        const found = members.map(({ userId, displayName, email }) => [userId, displayName ?? email ?? ''])
        names.value = { ...names.value, ...Object.fromEntries(found) }
        remember(KEY, names.value)
      },
      (error: unknown) => {
        asked.delete(id)
        console.info('Names of members are the ones known from before.', error)
      },
    )
  }
  watch(
    () => toValue(spaceIds),
    (ids) => {
      for (const id of [ids ?? []].flat()) ask(id)
    },
    { immediate: true },
  )

  const nameOf = (userId: string | null): string => {
    // Before there was an account everything was written under this name, on this device only.
    if (userId === me.id || userId === 'local') return 'You'
    return (userId !== null && names.value[userId]) || 'Somebody'
  }
  return { nameOf }
}

function remembered(): Readonly<Record<string, string>> {
  const value = recall(KEY)
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
