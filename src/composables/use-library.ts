import type { Space } from 'segue/crdt'
import { useSegue, useSpaces } from 'segue/vue'
import { type ComputedRef, computed } from 'vue'

/**
 * The person's own library. Its rows are there before any page is; a very large one can be edited a moment later. It may
 * be replaced by the one another device made.
 */
export function useLibrary(): ComputedRef<Space> {
  const segue = useSegue()
  const spaces = useSpaces()
  return computed<Space>((last) => {
    const space = (spaces.value && segue.library) ?? last
    if (!space) throw new Error('The library is not open yet. Render pages inside SegueGate.')
    return space
  })
}
