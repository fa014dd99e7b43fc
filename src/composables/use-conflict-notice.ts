import { tryOnScopeDispose, useTimeoutFn } from '@vueuse/core'
import { useSegue, useSyncStatus } from 'segue/vue'
import { watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { useToastStore } from '../stores/toasts.ts'
import { counted } from './tune-words.ts'

/** What waited here may be pushed before the log is read; this long after, in ms, everything of the others is here. */
const CAUGHT_UP_MS = 3_000

/** After a time without the others: says, once, how much of what one wrote has been changed by them too. */
export function useConflictNotice(): void {
  const segue = useSegue()
  const status = useSyncStatus()
  const router = useRouter()
  const route = useRoute()
  const toasts = useToastStore()
  const cells = new Set<string>()
  /** Away before the app was opened, too. */
  let away = true
  let shown: number | undefined
  const isMine = ({ userId }: { userId: string }) => userId === segue.profile

  tryOnScopeDispose(
    segue.onConflict(({ space, conflicts }) => {
      if (!away) return
      for (const { shape, rowId, conflict } of conflicts) {
        if (isMine(conflict.kept) === isMine(conflict.lost)) continue
        cells.add(JSON.stringify([space.id, shape.name, rowId, conflict.column]))
      }
    }),
  )

  function tell(): void {
    away = false
    if (cells.size === 0) return
    shown = toasts.show({
      message: `While you were offline, ${counted(cells.size, 'field')} ${cells.size === 1 ? 'was' : 'were'} changed by others too.`,
      action: { label: 'Look', run: () => void router.push('/conflicts') },
      lasting: true,
    })
    cells.clear()
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
