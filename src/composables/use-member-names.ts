import type { SpaceId } from 'segue/crdt'
import { useSegue } from 'segue/vue'
import { type MaybeRefOrGetter, ref, toValue, watch } from 'vue'
import { recall, remember } from '../stores/device-memory.ts'
import { useMe } from './use-me.ts'

const KEY = 'segue-member-names'

/**
 * Names of the people of a space by user id, remembered on the device for offline use. Unknown ids are “Somebody”.
 */
export function useMemberNames(spaceId: MaybeRefOrGetter<SpaceId | undefined>) {
  const segue = useSegue()
  const me = useMe()
  const names = ref<Readonly<Record<string, string>>>(remembered())

  watch(
    () => toValue(spaceId),
    (id) => {
      if (!id || !segue.members || !navigator.onLine) return
      segue.members.members(id).then(
        (members) => {
          const found = members.map(({ userId, displayName, email }) => [userId, displayName ?? email ?? ''])
          names.value = { ...names.value, ...Object.fromEntries(found) }
          remember(KEY, names.value)
        },
        (error: unknown) => console.info('Names of members are the ones known from before.', error),
      )
    },
    { immediate: true },
  )

  const nameOf = (userId: string | null): string => {
    if (userId === me.id) return 'You'
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
