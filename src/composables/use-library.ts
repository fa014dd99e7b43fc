import type { Space } from 'segue/crdt'
import { useSegue, useSpaces } from 'segue/vue'
import { type ComputedRef, computed } from 'vue'

/** The person's own library. It is open before any page is, and may be replaced by the one another device made. */
export function useLibrary(): ComputedRef<Space> {
  const segue = useSegue()
  const spaces = useSpaces()
  return computed<Space>((last) => {
    const info = spaces.value.find(({ kind }) => kind === 'library')
    const space = (info && segue.space(info.id)) ?? last
    if (!space) throw new Error('The library is not open yet. Render pages inside SegueGate.')
    return space
  })
}
