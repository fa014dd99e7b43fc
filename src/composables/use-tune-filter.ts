import { computed, type Ref } from 'vue'
import { type LocationQueryValue, useRoute, useRouter } from 'vue-router'
import { type LibraryTuneRow, TAG_SEPARATOR } from '../queries/index.ts'

/** A tune of the library with its tags as words. */
export interface LibraryTune extends Omit<LibraryTuneRow, 'tags'> {
  readonly tags: readonly string[]
}

export const SORTS = [
  { value: 'title', label: 'Title' },
  { value: 'newest', label: 'Newest first' },
  { value: 'type', label: 'Type' },
  { value: 'mode', label: 'Key and mode' },
] as const

const FILTERS = ['q', 'type', 'mode', 'tag', 'sort'] as const
type Filter = (typeof FILTERS)[number]

/** Text for comparing: without accents and case, curly quotes as straight ones. */
export const folded = (text: string): string =>
  text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('’', "'").toLowerCase()

/**
 * Search, filters and order of the library. They live in the address, so that a reload, the back button and a
 * bookmark keep them.
 */
export function useTuneFilter(rows: Readonly<Ref<readonly LibraryTuneRow[]>>) {
  const route = useRoute()
  const router = useRouter()

  const asText = (value: LocationQueryValue | LocationQueryValue[] | undefined) =>
    typeof value === 'string' ? value : ''
  const filter = (name: Filter) =>
    computed({
      get: () => asText(route.query[name]),
      set: (value: string) => {
        const { [name]: _old, ...rest } = route.query
        void router.replace({ query: value === '' ? rest : { ...rest, [name]: value } })
      },
    })
  const [search, type, mode, tag, sort] = [
    filter('q'),
    filter('type'),
    filter('mode'),
    filter('tag'),
    filter('sort'),
  ] as const

  const all = computed(() =>
    rows.value.map((row) => {
      const tags = row.tags?.split(TAG_SEPARATOR) ?? []
      const haystack = folded([row.title, row.incipit ?? '', row.composer ?? '', ...tags].join('\n'))
      return { tune: { ...row, tags } satisfies LibraryTune, haystack }
    }),
  )

  const shown = computed(() => {
    const words = folded(search.value).split(/\s+/).filter(Boolean)
    const matching = all.value.filter(
      ({ tune, haystack }) =>
        (type.value === '' || tune.type === type.value) &&
        (mode.value === '' || tune.mode === mode.value) &&
        (tag.value === '' || tune.tags.includes(tag.value)) &&
        words.every((word) => haystack.includes(word)),
    )
    return sorted(
      matching.map(({ tune }) => tune),
      sort.value,
    )
  })

  const words = (of: (tune: LibraryTune) => readonly (string | null)[]) =>
    computed(() =>
      [...new Set(all.value.flatMap(({ tune }) => of(tune)))]
        .filter((word): word is string => word !== null && word !== '')
        .sort((a, b) => a.localeCompare(b)),
    )

  return {
    search,
    type,
    mode,
    tag,
    sort,
    shown,
    types: words((tune) => [tune.type]),
    modes: words((tune) => [tune.mode]),
    tags: words((tune) => tune.tags),
    filtered: computed(() => [search, type, mode, tag].some(({ value }) => value !== '')),
    clear: () => router.replace({ query: sort.value === '' ? {} : { sort: sort.value } }),
  }
}

function sorted(tunes: LibraryTune[], by: string): LibraryTune[] {
  if (by === 'newest') return tunes.sort((a, b) => (a.id < b.id ? 1 : -1))
  if (by !== 'type' && by !== 'mode') return tunes
  // Rows come by title, and sorting keeps that order among equals; tunes without a value go last.
  return tunes.sort((a, b) => {
    const [left, right] = [a[by] ?? '', b[by] ?? '']
    if (left === right) return 0
    return left === '' ? 1 : right === '' ? -1 : left.localeCompare(right)
  })
}
