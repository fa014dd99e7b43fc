/** Whether the device believes it has a network, and when that may have changed. */
export interface Connectivity {
  readonly online: boolean
  /** Calls back when the network may have come or gone, and when the page wakes up. Returns the way to stop. */
  onChange(listener: () => void): () => void
}

/** The browser's own idea of it. */
export function browserConnectivity(target: Window = window): Connectivity {
  return {
    get online() {
      return target.navigator.onLine
    },
    onChange(listener) {
      const whenVisible = () => {
        if (target.document.visibilityState === 'visible') listener()
      }
      target.addEventListener('online', listener)
      target.addEventListener('offline', listener)
      target.document.addEventListener('visibilitychange', whenVisible)
      return () => {
        target.removeEventListener('online', listener)
        target.removeEventListener('offline', listener)
        target.document.removeEventListener('visibilitychange', whenVisible)
      }
    },
  }
}

/** For programs without a browser around them: always worth a try. */
export const alwaysOnline: Connectivity = { online: true, onChange: () => () => {} }
