import { tryOnScopeDispose } from '@vueuse/core'
import type { RowProgress } from 'segue/bridge'
import { useSegue } from 'segue/vue'
import { shallowRef } from 'vue'
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
  /** What takes longer, and how far it is. */
  const work = shallowRef<{ readonly name: 'compare' | 'rebuild'; readonly share: number }>()
  let isOver = false
  tryOnScopeDispose(() => {
    isOver = true
  })

  /** @returns what came of it, and how many rows it has seen */
  async function inSight<Result>(
    name: 'compare' | 'rebuild',
    steps: Generator<RowProgress, Result>,
    isGone = () => isOver,
  ) {
    const start = performance.now()
    let rows = 0
    const onProgress = ({ done, of }: RowProgress) => {
      rows = done
      if (performance.now() - start > PATIENCE) work.value = { name, share: done / of }
    }
    try {
      return { result: await inTurns(steps, onProgress, isGone), rows }
    } finally {
      work.value = undefined
    }
  }

  async function compare(): Promise<void> {
    found.value = undefined
    const { result, rows } = await inSight('compare', segue.verifying())
    if (result) found.value = databaseCheckOf(rows, result, new Date())
  }

  const check = () => attempt(compare)
  const rebuild = () =>
    attempt(async () => {
      found.value = undefined
      // To its end, whoever has left the page: there are fewer rows until then.
      await inSight('rebuild', segue.mirror.rebuilding(), () => segue.mirror.destroyed)
      if (!isOver) await compare()
    })

  return { busy, problem, found, work, check, rebuild }
}
