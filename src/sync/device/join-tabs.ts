import type { Tabs } from 'segue/supabase'
import type { TabChannel } from './tab-channel.ts'

/** A lock that one tab holds at a time, until it is gone. */
export interface TabLock {
  /** Calls back once this tab holds it. Resolves once it is known whether that is at once. */
  request(onHeld: () => void): Promise<void>
  /** Gives it up, or the wish for it. */
  release(): void
}

/** The tabs that share a lock, which says who of them leads, and a channel, which carries what they say. */
export function joinTabs(channel: TabChannel, lock: TabLock): Tabs {
  const onLead = new Set<() => void>()
  const onMessage = new Set<(message: unknown) => void>()
  let leads = false
  channel.onMessage((message) => {
    for (const listener of [...onMessage]) listener(message)
  })
  const ready = lock.request(() => {
    leads = true
    for (const listener of [...onLead]) listener()
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
    post: (message) => channel.post(message),
    onMessage(listener) {
      onMessage.add(listener)
      return () => onMessage.delete(listener)
    },
    close() {
      lock.release()
      channel.close()
      onLead.clear()
      onMessage.clear()
    },
  }
}
