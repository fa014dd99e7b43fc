import type { Tabs } from 'segue/supabase'
import { joinTabs, type TabLock } from './join-tabs.ts'
import { browserTabChannel } from './tab-channel.ts'

/** The tabs of one person in this browser. */
export const browserTabs = (name: string): Tabs =>
  joinTabs(browserTabChannel(`${name}/tabs`), webLock(`${name}/lead`))

/**
 * The browser gives a Web Lock to the next tab as soon as the one that held it is gone, however it ended. Where there
 * are none (a page without https) every tab holds it, which does twice what once would do, and harms nothing.
 */
function webLock(name: string): TabLock {
  const locks: LockManager | undefined = navigator.locks
  const closing = new AbortController()
  let release = () => {}
  return {
    request: (onHeld) =>
      new Promise((resolve) => {
        /** Holds the lock until the tab closes. */
        const hold = () => {
          onHeld()
          return new Promise<void>((done) => {
            release = done
          })
        }
        if (!locks) {
          onHeld()
          return resolve()
        }
        void locks.request(name, { ifAvailable: true }, (lock) => {
          const held = lock ? hold() : undefined
          resolve()
          // The request is called off when this tab closes first.
          if (!lock) locks.request(name, { signal: closing.signal }, hold).catch(() => undefined)
          return held
        })
      }),
    release() {
      closing.abort()
      release()
    },
  }
}
