import { defineStore } from 'pinia'
import { ref } from 'vue'
import { describeError, type Problem } from '../composables/describe-error.ts'

/** Errors that nobody nearer could answer. The shell shows the last one until it is dismissed. */
export const useProblemStore = defineStore('problems', () => {
  const current = ref<Problem>()

  function report(error: unknown): void {
    console.error(error)
    current.value = describeError(error)
  }

  function dismiss(): void {
    current.value = undefined
  }

  return { current, report, dismiss }
})
