import { tryOnScopeDispose } from '@vueuse/core'
import { getTableName } from 'drizzle-orm'
import { searchedWords } from 'segue/bridge'
import type { SpaceId } from 'segue/crdt'
import { note, tag, tune } from 'segue/tables'
import { useSegue } from 'segue/vue'
import { computed, type ShallowRef, shallowReadonly, shallowRef, watch } from 'vue'
import { type FoundTunes, searching, type TuneSearch } from '../queries/index.ts'
import { inTurns } from './in-turns.ts'

/** Tunes of a library that are wanted, in an order. */
export interface WantedTunes extends TuneSearch {
  readonly libraryId: SpaceId
}

/** What can be shown: what was wanted, and what a search has found where it takes one. */
export interface ShownTunes {
  readonly wanted: WantedTunes
  readonly found?: FoundTunes
}

const READ: ReadonlySet<string> = new Set([tune, tag, note].map(getTableName))
/** Ms after a change until it is searched again: about a frame, so that many changes take one search. */
const PAUSE = 16

/** Whether every tune has to be looked at. */
const isSearch = ({ search = '', tag: word = '' }: WantedTunes): boolean =>
  word !== '' || searchedWords(search).length > 0

/** Whether all that is found by one search was found by another one before: somebody has typed on. */
function isWithin(wanted: WantedTunes, before: WantedTunes): boolean {
  const words = searchedWords(wanted.search ?? '')
  return (
    (['libraryId', 'type', 'mode', 'tag', 'notOn'] as const).every((each) => wanted[each] === before[each]) &&
    searchedWords(before.search ?? '').every((word) => words.some((each) => each.includes(word)))
  )
}

/**
 * What is to be shown of a library. A query finds it, or a search in turns: what was shown before stays until that has
 * something, and once it is shown, changes of rows are followed. Nothing is shown as long as nothing was ever found.
 */
export function useShownTunes(want: () => WantedTunes): Readonly<ShallowRef<ShownTunes | undefined>> {
  const { db, mirror } = useSegue()
  const wanted = computed(want)
  const shown = shallowRef<ShownTunes>()
  /** How often rows have changed, and how often they had when the search began whose finds are shown. */
  let changes = 0
  let changesBefore = 0
  let isDue = false
  let isRunning = false
  let isGone = false
  const isOver = () => isGone || mirror.destroyed

  async function look(now: WantedTunes): Promise<void> {
    const { wanted: before, found: known } = shown.value ?? {}
    const isRepeated = before === now
    const isKnown =
      before && known?.ids.length === known?.count && changes === changesBefore && isWithin(now, before)
    const began = changes
    const show = (found: FoundTunes) => {
      if (!isSearch(wanted.value)) return
      changesBefore = began
      shown.value = { wanted: now, found }
    }
    const found = await inTurns(
      searching(db, now.libraryId, now, { among: isKnown ? known?.ids : undefined }),
      (first) => {
        // Somebody who sees more already would see less for a moment.
        if (first && !isRepeated) show(first)
      },
      () => isOver() || !isSearch(wanted.value) || (shown.value?.wanted === now && wanted.value !== now),
    )
    if (found) show(found)
  }

  async function run(): Promise<void> {
    isDue = true
    // A search that has begun comes to its first finds: otherwise nothing would be seen while somebody types fast.
    if (isRunning) return
    isRunning = true
    try {
      while (isDue && !isOver() && isSearch(wanted.value)) {
        isDue = false
        await look(wanted.value)
      }
    } finally {
      isRunning = false
    }
  }

  watch(
    wanted,
    (now) => {
      if (isSearch(now)) void run()
      else shown.value = { wanted: now }
    },
    { immediate: true, flush: 'sync' },
  )
  let timer: ReturnType<typeof setTimeout> | undefined
  const unobserve = mirror.observe((tables) => {
    if (READ.isDisjointFrom(tables)) return
    changes++
    timer ??= setTimeout(() => {
      timer = undefined
      void run()
    }, PAUSE)
  })
  tryOnScopeDispose(() => {
    isGone = true
    clearTimeout(timer)
    unobserve()
  })
  return shallowReadonly(shown)
}
