import { ref } from 'vue'
import { describeError, type Problem } from './describe-error.ts'

/** Something that may fail, done once at a time, with what went wrong for people to read. */
export function useAttempt(inWords: (error: unknown) => Problem = describeError) {
  const busy = ref(false)
  const problem = ref<Problem>()

  /** Runs the work unless some is running. Resolves to whether it went well. */
  async function attempt(work: () => Promise<void>): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    problem.value = undefined
    try {
      await work()
      return true
    } catch (error) {
      problem.value = inWords(error)
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, problem, attempt }
}
