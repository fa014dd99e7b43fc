import { tryOnScopeDispose } from '@vueuse/core'
import type { VerifyProgress } from 'segue/bridge'
import { useSegue } from 'segue/vue'
import { ref, shallowRef } from 'vue'
import { type DatabaseCheck, databaseCheckOf } from './database-check.ts'
import { inTurns } from './in-turns.ts'
import { useAttempt } from './use-attempt.ts'

/** Ms that somebody waits without being told how far it is. */
const PATIENCE = 1_000

/** Compares the database with the person's data on demand, and makes it anew. */
export function useDatabaseCheck() {
  const segue = useSegue()
  const { busy, problem, attempt } = useAttempt()
  const found = shallowRef<DatabaseCheck>()
  /** How far it is, once it takes longer. */
  const share = ref<number>()
  let isOver = false
  tryOnScopeDispose(() => {
    isOver = true
  })

  async function compare(): Promise<void> {
    found.value = undefined
    const start = performance.now()
    let rows = 0
    const onProgress = ({ done, of }: VerifyProgress) => {
      rows = done
      if (performance.now() - start > PATIENCE) share.value = done / of
    }
    try {
      const differences = await inTurns(segue.verifying(), onProgress, () => isOver)
      if (differences) found.value = databaseCheckOf(rows, differences, new Date())
    } finally {
      share.value = undefined
    }
  }

  const check = () => attempt(compare)
  const rebuild = () =>
    attempt(async () => {
      segue.mirror.rebuild()
      await compare()
    })

  return { busy, problem, found, share, check, rebuild }
}
