import { useDebounceFn } from '@vueuse/core'
import { type RowChange, rowChanges, type Space, type SpaceId } from 'segue/crdt'
import { playlist, playlistTune, tune } from 'segue/tables'
import { type Moment, useSegue, useSpaces } from 'segue/vue'
import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import { changeWords } from './history-words.ts'
import { typeName } from './tune-words.ts'
import { useLoading } from './use-history.ts'

/** How a tune of the past compares with now. */
export type PastMark = 'same' | 'gone' | 'new' | 'changed' | 'moved'

export interface PastTune {
  readonly id: string
  readonly title: string
  readonly facts: string
  readonly mark: PastMark
  /** What differs, as people say it. */
  readonly note: string
}

/** A space as it was at the end of a moment, beside what it is now; it follows both. */
export function usePast(spaceId: SpaceId, moment: () => Moment | undefined) {
  const segue = useSegue()
  const spaces = useSpaces()
  const loading = useLoading()
  const past = shallowRef<Space>()
  /** Counts changes of the present. */
  const changed = shallowRef(0)
  // A large space takes a moment to compare: not for each letter that somebody types.
  const noteChange = useDebounceFn(() => {
    changed.value += 1
  }, 200)
  let stop = () => {}

  const forget = () => {
    past.value?.destroy()
    past.value = undefined
  }
  const read = (wanted = moment()) => {
    forget()
    if (!wanted) return
    void loading.run(async (options) => {
      const found = await segue.history(spaceId).at(wanted, options)
      if (options.signal.aborted) found.destroy()
      else past.value = found
    })
  }
  const placeOf = (wanted: Moment | undefined) => wanted && `${wanted.epoch}-${wanted.seq}`
  watch(
    () => placeOf(moment()),
    () => read(),
    { immediate: true },
  )
  watch(
    // A new epoch brings another document.
    [spaces, () => segue.space(spaceId)],
    ([, space]) => {
      stop()
      stop = space?.observe(noteChange) ?? (() => {})
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    stop()
    forget()
  })

  const differences = computed(() => {
    void changed.value
    const now = segue.space(spaceId)
    return now && past.value ? rowChanges(past.value, now) : []
  })
  /** What a restore would do. */
  const restoring = computed(() => {
    if (!past.value || differences.value.length === 0) return ''
    const then = past.value
    const titleOf = (id: string) => (then.get(tune, id) ?? segue.space(spaceId)?.get(tune, id))?.title
    return changeWords(differences.value.map(reversed), titleOf, 'restore')
  })
  const tunes = computed(() =>
    past.value ? tunesOf(past.value, segue.space(spaceId), differences.value) : [],
  )
  const name = computed(() => past.value?.get(playlist, spaceId)?.name ?? undefined)
  return { ...loading, past, differences, restoring, tunes, name, retry: () => read() }
}

/** Tunes as they were, in their order then, and after them those that have come since. */
function tunesOf(then: Space, now: Space | undefined, changes: readonly RowChange[]): PastTune[] {
  const of = (table: string) =>
    new Map(changes.flatMap((each) => (each.table === table ? [[each.rowId, each]] : [])))
  const [tuneChanges, placeChanges] = [of('tune'), of('playlist_tune')]
  const compare = (space: Space, id: string, placeId: string | undefined): PastTune => {
    const row = space.get(tune, id)
    const place = placeId === undefined ? tuneChanges.get(id) : placeChanges.get(placeId)
    const facts = tuneChanges.get(id)
    return {
      id: placeId ?? id,
      title: row?.title ?? 'Without a name',
      facts: [typeName(row?.type ?? null), row?.mode].filter(Boolean).join(' · '),
      ...markOf(place, facts, placeId !== undefined),
    }
  }
  const listOf = (space: Space) => {
    const places = [...space.rowIds(space.schema.shape(playlistTune))].flatMap(
      (id) => space.get(playlistTune, id) ?? [],
    )
    if (places.length > 0 || space.get(playlist, space.id))
      return places
        .sort((a, b) => (a.position < b.position || (a.position === b.position && a.id < b.id) ? -1 : 1))
        .map(({ id, tuneRef }) => compare(space, tuneRef, id))
    return [...space.rowIds(space.schema.shape(tune))]
      .filter((id) => tuneChanges.has(id) && space.get(tune, id))
      .map((id) => compare(space, id, undefined))
      .sort((a, b) => a.title.localeCompare(b.title))
  }
  return [...listOf(then), ...(now ? listOf(now).filter(({ mark }) => mark === 'new') : [])]
}

function markOf(
  place: RowChange | undefined,
  facts: RowChange | undefined,
  isListed: boolean,
): Pick<PastTune, 'mark' | 'note'> {
  if (place?.kind === 'removed')
    return { mark: 'gone', note: isListed ? 'Not on the list now' : 'Not here now' }
  if (place?.kind === 'added') return { mark: 'new', note: 'Added since' }
  if (facts?.kind === 'changed') {
    const title = facts.cells.find(({ property }) => property === 'title')
    return { mark: 'changed', note: title ? `Now called “${title.after}”` : 'Changed since' }
  }
  const isMoved = place?.kind === 'changed' && place.cells.some(({ property }) => property === 'position')
  return isMoved ? { mark: 'moved', note: 'In another place now' } : { mark: 'same', note: '' }
}

/** The way back from a change. */
function reversed(change: RowChange): RowChange {
  const { table, rowId } = change
  if (change.kind === 'added') return { table, rowId, kind: 'removed', before: change.after }
  if (change.kind === 'removed') return { table, rowId, kind: 'added', after: change.before }
  const cells = change.cells.map((cell) => ({ ...cell, before: cell.after, after: cell.before }))
  return { ...change, before: change.after, after: change.before, cells }
}
