import { tryOnMounted, tryOnScopeDispose } from '@vueuse/core'

/**
 * Calls back just before what a component has mounted is painted, unless it is gone by then. What is made then is seen
 * together with the rest, but a task of its own makes it.
 */
export function onFirstFrame(callback: () => void): void {
  let frame = 0
  tryOnMounted(() => {
    frame = requestAnimationFrame(callback)
  })
  tryOnScopeDispose(() => cancelAnimationFrame(frame))
}
