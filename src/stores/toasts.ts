import { defineStore } from 'pinia'
import { ref } from 'vue'

interface ToastAction {
  readonly label: string
  readonly run: () => void
}

export interface Toast {
  readonly message: string
  /** What to do about it. */
  readonly advice?: string | undefined
  readonly action?: ToastAction | undefined
  readonly tone?: 'plain' | 'danger'
  /** Stays until it is dismissed. */
  readonly lasting?: boolean
}

/** Short messages about what just happened, with a way back where there is one. */
export const useToastStore = defineStore('toasts', () => {
  const shown = ref<(Toast & { readonly id: number })[]>([])
  let lastId = 0

  function show(toast: Toast): number {
    lastId += 1
    const same = shown.value.filter(({ message }) => message !== toast.message)
    shown.value = [...same, { ...toast, id: lastId }].slice(-3)
    return lastId
  }

  function dismiss(id: number): void {
    shown.value = shown.value.filter((toast) => toast.id !== id)
  }

  return { shown, show, dismiss }
})
