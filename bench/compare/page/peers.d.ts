/** The peers that were asked for, put in by the build. */
declare module 'virtual:peers' {
  export const peers: Readonly<Record<string, () => Promise<{ default: import('../peer.ts').Peer }>>>
}
