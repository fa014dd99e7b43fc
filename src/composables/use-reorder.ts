import Sortable from 'sortablejs'
import { computed, nextTick, onWatcherCleanup, type Ref, ref, watch } from 'vue'
import { useAnnouncer } from './use-announcer.ts'

export interface Reorderable {
  readonly rowId: string
  readonly title: string
}

/**
 * Reordering of a list by pointer and by keyboard. Until somebody drops, only what they see changes; the drop is
 * one `move` to behind a neighbour. While a row is lifted or dragged, edits of others wait.
 */
export function useReorder<Row extends Reorderable>({
  rows,
  list,
  enabled,
  move,
}: {
  rows: Readonly<Ref<readonly Row[]>>
  list: Readonly<Ref<HTMLElement | null>>
  enabled: Readonly<Ref<boolean>>
  move: (rowId: string, after: string | null) => void
}) {
  const { announce } = useAnnouncer()
  const lifted = ref<string>()
  const draft = ref<readonly string[]>()

  const shown = computed<readonly Row[]>(() => {
    if (!draft.value) return rows.value
    const byId = new Map(rows.value.map((row) => [row.rowId, row]))
    return draft.value.flatMap((id) => byId.get(id) ?? [])
  })
  const ids = () => rows.value.map(({ rowId }) => rowId)
  const place = (rowId: string) => {
    const index = shown.value.findIndex((row) => row.rowId === rowId)
    return { index, title: shown.value[index]?.title ?? '', count: shown.value.length }
  }

  function withMoved(order: readonly string[], rowId: string, to: number): string[] {
    const others = order.filter((id) => id !== rowId)
    return [...others.slice(0, to), rowId, ...others.slice(to)]
  }

  function commit(order: readonly string[], rowId: string): void {
    const index = order.indexOf(rowId)
    move(rowId, index > 0 ? (order[index - 1] ?? null) : null)
  }

  async function refocus(rowId: string): Promise<void> {
    await nextTick()
    const handle = list.value?.querySelector(`[data-handle="${CSS.escape(rowId)}"]`)
    if (handle instanceof HTMLElement) handle.focus()
  }

  function lift(rowId: string): void {
    lifted.value = rowId
    draft.value = ids()
    const { title, index, count } = place(rowId)
    announce(`${title} lifted, place ${index + 1} of ${count}. Arrow keys move, Space drops, Escape cancels.`)
  }

  function drop(rowId: string): void {
    const { title, index, count } = place(rowId)
    if (draft.value) commit(draft.value, rowId)
    lifted.value = undefined
    draft.value = undefined
    announce(`${title} dropped, place ${index + 1} of ${count}.`)
    void refocus(rowId)
  }

  function cancel(): void {
    const rowId = lifted.value
    if (rowId === undefined) return
    lifted.value = undefined
    draft.value = undefined
    announce(`Move cancelled. ${place(rowId).title} is back in its place.`)
    void refocus(rowId)
  }

  function step(rowId: string, by: number): void {
    const { index, title, count } = place(rowId)
    const to = index + by
    if (to < 0 || to >= count) return
    if (lifted.value === rowId) {
      draft.value = withMoved(draft.value ?? ids(), rowId, to)
    } else {
      commit(withMoved(ids(), rowId, to), rowId)
    }
    announce(`${title}, place ${to + 1} of ${count}.`)
    void refocus(rowId)
  }

  const STEPS: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowDown: 1 }

  function onHandleKey(event: KeyboardEvent, rowId: string): void {
    const isLifted = lifted.value === rowId
    const by = STEPS[event.key]
    if (event.key === ' ' || event.key === 'Enter') isLifted ? drop(rowId) : lift(rowId)
    else if (event.key === 'Escape' && isLifted) cancel()
    else if (by !== undefined && (isLifted || event.altKey)) step(rowId, by)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  function onRowKey(event: KeyboardEvent, rowId: string): void {
    const by = STEPS[event.key]
    if (!enabled.value || by === undefined || !event.altKey) return
    event.preventDefault()
    step(rowId, by)
  }

  watch(
    [list, enabled],
    ([element, on]) => {
      if (!element || !on) return
      const sortable = Sortable.create(element, {
        handle: '[data-handle]',
        animation: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 150,
        onStart: () => {
          draft.value = ids()
        },
        onEnd: ({ item, oldIndex, newIndex }) => {
          const seen = draft.value ?? ids()
          // Vue owns the children: the row goes back, and the data moves it.
          if (oldIndex !== undefined && newIndex !== undefined) {
            item.remove()
            element.insertBefore(item, element.children[oldIndex] ?? null)
          }
          draft.value = undefined
          const rowId = oldIndex === undefined ? undefined : seen[oldIndex]
          if (rowId === undefined || newIndex === undefined || newIndex === oldIndex) return
          commit(withMoved(seen, rowId, newIndex), rowId)
          announce(`${place(rowId).title} dropped, place ${newIndex + 1} of ${seen.length}.`)
        },
      })
      onWatcherCleanup(() => sortable.destroy())
    },
    { flush: 'post', immediate: true },
  )

  return { shown, lifted, onHandleKey, onRowKey, cancel }
}
