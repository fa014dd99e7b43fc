import { useEventListener } from '@vueuse/core'
import { computed, type MaybeRefOrGetter, type Ref, shallowRef, toValue } from 'vue'
import { onFirstFrame } from './on-first-frame.ts'

/** Rows beyond the window that are on the page as well, so that scrolling finds them there. */
const BEYOND = 12

/** Some rows that follow each other: the first, and the one after the last. */
export interface RowRange {
  readonly from: number
  readonly to: number
}

/**
 * Which rows of a long list are in the window or close to it. All have one height, so none has to be measured, however many
 * there are. Says nothing until the first frame: the page around the list is made in a task of its own, and what that
 * takes is not asked of the browser before it is needed.
 *
 * @param height  of a row, in px
 */
export function useWindowRows(
  list: Readonly<Ref<HTMLElement | null>>,
  count: MaybeRefOrGetter<number>,
  height: MaybeRefOrGetter<number>,
): Readonly<Ref<RowRange | undefined>> {
  /** The part of the list that is seen, in px below its top. */
  const seen = shallowRef<RowRange>()
  function look(): void {
    const top = list.value?.getBoundingClientRect().top
    if (top !== undefined) seen.value = { from: -top, to: window.innerHeight - top }
  }
  onFirstFrame(look)
  useEventListener('scroll', look, { passive: true })
  useEventListener('resize', look, { passive: true })

  const within = (row: number) => Math.min(Math.max(0, row), toValue(count))
  // Numbers, one by one: whoever depends on them is left alone as long as the same rows are seen.
  const from = computed(() => within(Math.floor((seen.value?.from ?? 0) / toValue(height)) - BEYOND))
  const to = computed(() => within(Math.ceil((seen.value?.to ?? 0) / toValue(height)) + BEYOND))
  return computed(() => seen.value && { from: from.value, to: to.value })
}
