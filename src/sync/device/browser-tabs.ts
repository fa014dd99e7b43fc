import type { Tabs } from 'segue/supabase'

/**
 * The tabs of one person in this browser: a Web Lock says which one leads, a BroadcastChannel carries what they say.
 *
 * The browser gives the lock to the next tab as soon as the one that held it is gone, however it ended. Where there
 * are no Web Locks (a page without https) every tab leads, which does twice what once would do, and harms nothing.
 */
export function browserTabs(name: string): Tabs {
  const channel = new BroadcastChannel(`${name}/tabs`)
  const onLead = new Set<() => void>()
  const onMessage = new Set<(message: unknown) => void>()
  const locks: LockManager | undefined = navigator.locks
  let leads = locks === undefined
  let release = () => {}
  const closing = new AbortController()
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    for (const listener of [...onMessage]) listener(data)
  }
  /** Holds the lock until the tab closes. */
  const lead = () => {
    leads = true
    for (const listener of [...onLead]) listener()
    return new Promise<void>((resolve) => {
      release = resolve
    })
  }
  const ready = new Promise<void>((resolve) => {
    if (!locks) return resolve()
    void locks.request(`${name}/lead`, { ifAvailable: true }, (lock) => {
      if (lock) {
        const held = lead()
        resolve()
        return held
      }
      resolve()
      const { signal } = closing
      // The request is called off when this tab closes first.
      locks.request(`${name}/lead`, { signal }, lead).catch(() => undefined)
      return undefined
    })
  })
  return {
    ready,
    get leads() {
      return leads
    },
    onLead(listener) {
      onLead.add(listener)
      return () => onLead.delete(listener)
    },
    post: (message) => channel.postMessage(message),
    onMessage(listener) {
      onMessage.add(listener)
      return () => onMessage.delete(listener)
    },
    close() {
      closing.abort()
      release()
      channel.close()
      onLead.clear()
      onMessage.clear()
    },
  }
}
