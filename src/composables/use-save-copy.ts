import type { SpaceId } from 'segue/crdt'
import { useSegue } from 'segue/vue'
import { copyPlaylistToLibrary } from '../actions/index.ts'
import { useToastStore } from '../stores/toasts.ts'
import { counted } from './tune-words.ts'
import { useLibrary } from './use-library.ts'

/** Copies the tunes of a playlist into one's library and says how many were new. */
export function useSaveCopy() {
  const segue = useSegue()
  const library = useLibrary()
  const toasts = useToastStore()
  return (spaceId: SpaceId): void => {
    const from = segue.space(spaceId)
    if (!from) return
    const { added, known } = copyPlaylistToLibrary(from, library.value)
    const advice = known > 0 ? `${counted(known, 'tune')} you had already.` : undefined
    toasts.show({ message: `${counted(added, 'tune')} saved to your library.`, advice })
  }
}
