import { computed } from 'vue'
import { type LocationQuery, type LocationQueryValue, useRoute, useRouter } from 'vue-router'
import type { TuneSort } from '../queries/index.ts'

export const SORTS = [
  { value: 'title', label: 'Title' },
  { value: 'newest', label: 'Newest first' },
  { value: 'type', label: 'Type' },
  { value: 'mode', label: 'Key and mode' },
] as const satisfies readonly { value: TuneSort; label: string }[]

const FILTERS = ['q', 'type', 'mode', 'tag', 'sort'] as const
type Filter = (typeof FILTERS)[number]

/**
 * Search, filters and order of the library. They live in the address, so that a reload, the back button and a
 * bookmark keep them.
 */
export function useTuneFilter() {
  const route = useRoute()
  const router = useRouter()
  const { path } = route
  // The address changes a moment before the page does: a page that is left has no need to show something else.
  const query = computed<LocationQuery>((before) => (route.path === path ? route.query : (before ?? {})))

  const asText = (value: LocationQueryValue | LocationQueryValue[] | undefined) =>
    typeof value === 'string' ? value : ''
  const filter = (name: Filter) =>
    computed({
      get: () => asText(query.value[name]),
      set: (value: string) => {
        const { [name]: _old, ...rest } = query.value
        void router.replace({ query: value === '' ? rest : { ...rest, [name]: value } })
      },
    })
  const [search, type, mode, tag] = [filter('q'), filter('type'), filter('mode'), filter('tag')] as const
  const asked = filter('sort')
  const sort = computed({
    get: () => SORTS.find(({ value }) => value === asked.value)?.value ?? 'title',
    set: (value) => {
      asked.value = value === 'title' ? '' : value
    },
  })

  return {
    search,
    type,
    mode,
    tag,
    sort,
    clear: () => router.replace({ query: asked.value === '' ? {} : { sort: asked.value } }),
  }
}
