/**
 * The tabs that one person has open in one browser. One of them leads: it alone talks to the server.
 *
 * Implemented with Web Locks and BroadcastChannel in the browser; elsewhere a program is its only tab.
 */
export interface Tabs {
  /** Resolves once it is known whether this tab leads. */
  readonly ready: Promise<void>
  /** True while this tab leads. Once true it stays so until the tab closes. */
  readonly leads: boolean
  /** Calls back when this tab takes the lead. Returns the way to stop. */
  onLead(listener: () => void): () => void
  /** Says something to the other tabs: plain data. */
  post(message: unknown): void
  /** Hears what the other tabs say. Returns the way to stop. */
  onMessage(listener: (message: unknown) => void): () => void
  /** Gives up the lead. May be called twice. */
  close(): void
}

/** A program without other tabs. */
export const onlyTab: Tabs = {
  ready: Promise.resolve(),
  leads: true,
  onLead: () => () => {},
  post: () => {},
  onMessage: () => () => {},
  close: () => {},
}
