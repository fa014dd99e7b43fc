import type { Query } from 'segue/bridge'
import { useLiveQuery, useSegue } from 'segue/vue'
import { computed, ref } from 'vue'
import {
  type LibraryTuneRow,
  librarySize,
  libraryTunes,
  TAG_SEPARATOR,
  tagWords,
  tuneCount,
  tunesOf,
  valuesInUse,
} from '../queries/index.ts'
import { useLibrary } from './use-library.ts'
import { useShownTunes, type WantedTunes } from './use-shown-tunes.ts'
import type { useTuneFilter } from './use-tune-filter.ts'

/** A tune of the library with its tags as words. */
export interface LibraryTune extends Omit<LibraryTuneRow, 'tags'> {
  readonly tags: readonly string[]
}

const isNarrowed = (wanted: WantedTunes | undefined): boolean =>
  [wanted?.search?.trim(), wanted?.type, wanted?.mode, wanted?.tag].some(Boolean)

/** Rows are read in pages of so many, the one that is seen and its neighbours. */
const PAGE = 100

/**
 * The tunes of the library that match a filter. However many they are, only those near to what is seen are read; what
 * is seen is said by `look`.
 */
export function useLibraryTunes(filter: ReturnType<typeof useTuneFilter>) {
  const segue = useSegue()
  const library = useLibrary()
  const { search, type, mode, tag, sort } = filter
  const shown = useShownTunes(() => ({
    libraryId: library.value.id,
    ...{ search: search.value, type: type.value, mode: mode.value, tag: tag.value, sort: sort.value },
  }))
  const ids = computed(() => shown.value?.found?.ids)

  const page = ref(0)
  const offset = computed(() => Math.max(0, page.value - 1) * PAGE)
  const rows = useLiveQuery((): Query<LibraryTuneRow[]> => {
    const limit = shown.value ? 3 * PAGE : 0
    if (ids.value)
      return tunesOf(segue.db, library.value.id, ids.value.slice(offset.value, offset.value + limit))
    return libraryTunes(segue.db, library.value.id, shown.value?.wanted, { offset: offset.value, limit })
  })
  const rowOf = computed(() => new Map(rows.value.map((row) => [row.id, row])))
  const known = new WeakMap<LibraryTuneRow, LibraryTune>()
  const withTags = (row: LibraryTuneRow): LibraryTune => {
    const tune = known.get(row) ?? { ...row, tags: row.tags?.split(TAG_SEPARATOR) ?? [] }
    known.set(row, tune)
    return tune
  }

  const totals = useLiveQuery(() => librarySize(segue.db, library.value.id))
  const matches = useLiveQuery(() => {
    const { wanted, found } = shown.value ?? {}
    return wanted && !found && isNarrowed(wanted)
      ? tuneCount(segue.db, library.value.id, wanted)
      : librarySize(segue.db, library.value.id)
  })
  const inUse = (fact: 'type' | 'mode') => {
    const values = useLiveQuery(() => valuesInUse(segue.db, library.value.id, fact))
    return computed(() => values.value.map(({ value }) => value))
  }
  const tags = useLiveQuery(() => tagWords(segue.db, library.value.id))

  return {
    /** All tunes, without the filter. */
    total: computed(() => totals.value[0]?.tunes ?? 0),
    /** Whether what is shown is narrowed; what somebody types is shown a moment later. */
    narrowed: computed(() => isNarrowed(shown.value?.wanted)),
    /** Those that match; nothing while they are looked for and none have been shown yet. */
    count: computed(() => shown.value && (shown.value.found?.count ?? matches.value[0]?.tunes ?? 0)),
    /** The tune at a place of the list, when it is near to what is seen. */
    tuneAt: (index: number): LibraryTune | undefined => {
      const id = ids.value?.[index]
      const row = ids.value ? rowOf.value.get(id ?? '') : rows.value[index - offset.value]
      return row && withTags(row)
    },
    /** Says which place of the list is seen. */
    look: (index: number) => {
      page.value = Math.floor(index / PAGE)
    },
    types: inUse('type'),
    modes: inUse('mode'),
    tags: computed(() => tags.value.map(({ text }) => text).sort((a, b) => a.localeCompare(b))),
  }
}
