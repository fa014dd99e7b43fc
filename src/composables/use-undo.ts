import { useToastStore } from '../stores/toasts.ts'

/** Says what was removed and offers the way back. */
export function useUndo() {
  const toasts = useToastStore()
  return (message: string, undo: () => void): void => {
    toasts.show({ message, action: { label: 'Undo', run: undo } })
  }
}
