import { useAwareness, useSpaces } from 'segue/vue'
import { computed, type InjectionKey, inject, provide, watch } from 'vue'
import { useRoute } from 'vue-router'
import { useMe } from './use-me.ts'

type Presence = ReturnType<typeof useAwareness>

const PRESENCE: InjectionKey<Presence> = Symbol('presence')

/**
 * Keeps the person present in the shared list that the address is about, from its list to its tunes and back without
 * leaving in between.
 */
export function providePresence(): void {
  const route = useRoute()
  const spaces = useSpaces()
  const me = useMe()
  // A plain id: the list of spaces changes with every sync, and presence must not leave and come back each time.
  const spaceId = computed(() => {
    const wanted = route.params.spaceId ?? route.query.space
    const info = spaces.value.find(({ id, kind }) => id === wanted && kind === 'playlist')
    return info?.revokedAt === undefined ? info?.id : undefined
  })
  const presence = useAwareness(spaceId, me.name)
  watch(
    () => route.path,
    () => presence.setFocus(null),
  )
  provide(PRESENCE, presence)
}

/** Who is at the list on the screen, and the way to say which tune one is at. */
export function usePresence(): Presence {
  const presence = inject(PRESENCE)
  if (!presence) throw new Error('No presence here. Call providePresence() in a component above.')
  return presence
}
