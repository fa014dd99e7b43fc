import { useEventListener } from '@vueuse/core'
import { useUndoRedo } from 'segue/vue'
import { useAnnouncer } from './use-announcer.ts'

/** Undo and redo for the whole app, in words, and on the keys that people know. */
export function useUndoKeys() {
  const { canUndo, canRedo, undo, redo } = useUndoRedo()
  const { announce } = useAnnouncer()

  function tell(result: ReturnType<typeof undo>, done: string, nothing: string): void {
    if (!result) announce(nothing)
    else if (result.done === 0) announce('Left as it is: somebody else has changed it since.')
    else
      announce(result.skipped > 0 ? `${done}, apart from what somebody else has changed since.` : `${done}.`)
  }
  const undoLast = () => tell(undo(), 'Undone', 'Nothing to undo.')
  const redoLast = () => tell(redo(), 'Done again', 'Nothing to do again.')

  useEventListener('keydown', (event) => {
    // A field has an undo of its own.
    if (event.defaultPrevented || isTyping(event.target) || event.altKey) return
    if (!(event.metaKey || event.ctrlKey)) return
    const key = event.key.toLowerCase()
    const isRedo = (key === 'z' && event.shiftKey) || (key === 'y' && !event.shiftKey)
    if (key !== 'z' && !isRedo) return
    event.preventDefault()
    if (isRedo) redoLast()
    else undoLast()
  })
  return { canUndo, canRedo, undoLast, redoLast }
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName))
