import { useMediaQuery } from '@vueuse/core'

/** Whether there is room for the side bar and dense lists. The same measure as Tailwind's `md`. */
export const useWide = () => useMediaQuery('(min-width: 48rem)')
