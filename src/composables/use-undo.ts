import { useSegue } from 'segue/vue'
import { useToastStore } from '../stores/toasts.ts'

/** Says what was removed and offers the way back. */
export function useUndo() {
  const toasts = useToastStore()
  return (message: string, undo: () => void): void => {
    toasts.show({ message, action: { label: 'Undo', run: undo } })
  }
}

/** Says what was just done and offers to take back exactly that: not what has been done since. */
export function useUndoOfLatest() {
  const { undo } = useSegue()
  const toasts = useToastStore()
  const offerUndo = useUndo()
  return (message: string): void => {
    const step = undo.latest
    offerUndo(message, () => {
      if (step !== undefined && undo.latest === step) undo.undo()
      else
        toasts.show({
          message: 'You have changed something since.',
          advice: 'Press Undo until it is taken back: the latest change goes first.',
        })
    })
  }
}
