import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'

export interface Question {
  readonly title: string
  readonly text: string
  /** What the button that goes ahead says. */
  readonly action: string
  readonly danger?: boolean
}

/** One question at a time; a new one answers the one before it with no. */
export const useConfirmStore = defineStore('confirm', () => {
  const question = ref<Question>()
  const settle = shallowRef<(yes: boolean) => void>()

  function ask(next: Question): Promise<boolean> {
    answer(false)
    question.value = next
    return new Promise((resolve) => {
      settle.value = resolve
    })
  }

  function answer(yes: boolean): void {
    question.value = undefined
    settle.value?.(yes)
    settle.value = undefined
  }

  return { question, ask, answer }
})
