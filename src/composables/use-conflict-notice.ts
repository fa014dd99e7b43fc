import { tryOnScopeDispose, useTimeoutFn } from '@vueuse/core'
import type { ConcurrentValue } from 'segue/crdt'
import { useSegue, useSyncStatus } from 'segue/vue'
import { watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useToastStore } from '../stores/toasts.ts'
import { counted } from './tune-words.ts'

/** What waited here may be pushed before the log is read; this long after, in ms, everything of the others is here. */
const CAUGHT_UP_MS = 3_000

/**
 * After a time without the others: says, once, how much of what one wrote here has been changed by them too, or by
 * oneself on another device.
 */
export function useConflictNotice(): void {
  const segue = useSegue()
  const status = useSyncStatus()
  const router = useRouter()
  const route = useRoute()
  const toasts = useToastStore()
  /** Where somebody else wrote, too; and where it was oneself. */
  const cells = { others: new Set<string>(), own: new Set<string>() }
  /** Away before the app was opened, too. */
  let away = true
  let shown: number | undefined
  const isMine = ({ userId }: ConcurrentValue) => userId === segue.profile
  const isFromHere = (value: ConcurrentValue) =>
    isMine(value) && (value.device === segue.device || value.device === '')

  tryOnScopeDispose(
    segue.onConflict(({ space, conflicts }) => {
      if (!away) return
      for (const { shape, rowId, conflict } of conflicts) {
        const { kept, lost, column } = conflict
        if (isFromHere(kept) === isFromHere(lost)) continue
        const found = isMine(kept) && isMine(lost) ? cells.own : cells.others
        found.add(JSON.stringify([space.id, shape.name, rowId, column]))
      }
    }),
  )

  function tell(): void {
    away = false
    const { size } = cells.others.union(cells.own)
    if (size === 0) return
    const where = cells.others.size > 0 ? 'by others' : 'on another device of yours'
    shown = toasts.show({
      message: `While you were offline, ${counted(size, 'field')} ${size === 1 ? 'was' : 'were'} changed ${where} too.`,
      action: { label: 'Look', run: () => void router.push('/conflicts') },
      lasting: true,
    })
    cells.others.clear()
    cells.own.clear()
  }
  // Whoever has found the way needs no sign to it.
  watch(
    () => route.path,
    (path) => {
      if (path === '/conflicts' && shown !== undefined) toasts.dismiss(shown)
    },
  )
  const catchingUp = useTimeoutFn(tell, CAUGHT_UP_MS, { immediate: false })

  watch(
    () => status.value.state,
    (state) => {
      if (state === 'offline') {
        away = true
        catchingUp.stop()
      } else if (state === 'synced' && away && !catchingUp.isPending.value) catchingUp.start()
    },
    { immediate: true },
  )
}
