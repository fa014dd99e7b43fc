import type { SpaceId } from 'segue/crdt'
import { useSegue } from 'segue/vue'
import { type MaybeRefOrGetter, ref, toValue, watch } from 'vue'
import { recall, remember } from '../stores/device-memory.ts'
import { devicesApart, deviceWords } from './device-words.ts'
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

  // Before there was an account everything was written under this name, on this device only.
  const isMe = (userId: string | null) => userId === me.id || userId === 'local'
  const plainName = (userId: string | null) =>
    isMe(userId) ? 'You' : (userId !== null && names.value[userId]) || 'Somebody'

  /** @param device  where they wrote, if that may be another of one's own */
  const nameOf = (userId: string | null, device: string | null = null): string => {
    const isElsewhere = isMe(userId) && device !== null && device !== me.device
    return joined(plainName(userId), isElsewhere ? deviceWords(device, me.device) : '')
  }

  /** The names of two who wrote at the same time; one person on two devices is told apart. */
  function namesApart(first: Writer, second: Writer): [string, string] {
    const isMine = isMe(first.userId) && isMe(second.userId)
    if (!isMine && first.userId !== second.userId)
      return [nameOf(first.userId, first.device), nameOf(second.userId, second.device)]
    const [one, other] = devicesApart(first.device, second.device, isMine ? me.device : undefined)
    return [joined(plainName(first.userId), one), joined(plainName(second.userId), other)]
  }
  return { nameOf, namesApart }
}

/** Who wrote something, and on which of their devices; empty where nobody has said. */
interface Writer {
  readonly userId: string
  readonly device: string
}

const joined = (...words: string[]): string => words.filter((word) => word !== '').join(' ')

function remembered(): Readonly<Record<string, string>> {
  const value = recall(KEY)
  if (typeof value !== 'object' || value === null) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
