import { tryOnScopeDispose } from '@vueuse/core'
import type { SyncResult } from 'segue/supabase'
import { useSegue } from 'segue/vue'
import { ref, shallowRef } from 'vue'

/** Runs syncing on demand, in whichever tab does it; `result` is what the last run did, whoever asked for it. */
export function useSyncNow() {
  const { sync } = useSegue()
  const busy = ref(false)
  const result = shallowRef<SyncResult>()

  if (sync) {
    tryOnScopeDispose(
      sync.onSyncComplete((next) => {
        result.value = next
      }),
    )
  }

  async function syncNow(): Promise<void> {
    if (busy.value || !sync) return
    busy.value = true
    try {
      result.value = await sync.sync()
    } finally {
      busy.value = false
    }
  }

  return { busy, result, syncNow }
}
