import type { Space } from 'segue/crdt'
import type { SpaceHistory } from 'segue/vue'
import { useConfirmStore } from '../stores/confirm.ts'
import { useToastStore } from '../stores/toasts.ts'
import { describeError } from './describe-error.ts'
import { useUndoOfLatest } from './use-undo.ts'

interface Wish {
  readonly history: SpaceHistory
  readonly version: Space
  readonly name: string
  readonly when: string
  /** What it does: “brings back The Kesh”. */
  readonly words: string
  readonly isShared: boolean
}

/** Asks, restores a whole space, and offers the way back. Resolves to whether it was done. */
export function useRestore() {
  const confirm = useConfirmStore()
  const toasts = useToastStore()
  const offerUndo = useUndoOfLatest()

  return async ({ history, version, name, when, words, isShared }: Wish): Promise<boolean> => {
    const sure = await confirm.ask({
      title: `Restore “${name}” as it was ${when}?`,
      text: `This ${words}. ${isShared ? 'Everybody who shares the list sees it. ' : ''}You can undo it.`,
      action: 'Restore',
    })
    if (!sure) return false
    try {
      history.restore(version)
      offerUndo(`“${name}” is what it was ${when}.`)
      return true
    } catch (error) {
      const { message, action } = describeError(error)
      toasts.show({ message, advice: action, tone: 'danger' })
      return false
    }
  }
}
