import 'fake-indexeddb/auto'
import type { Peer } from './peer.ts'
import type { PeerFile } from './peers.ts'
import type { PeerInPlace, Place } from './place.ts'
import { runOnce } from './run.ts'
import { versionsOf } from './versions.ts'

/** This process, with an IndexedDB in memory. */
export async function inNode(files: readonly PeerFile[]): Promise<Place> {
  const peers: PeerInPlace[] = []
  for (const { url } of files) {
    const { default: peer }: { default: Peer } = await import(url.href)
    peers.push({ name: peer.name, title: peer.title, run: (size) => runOnce(peer, size) })
  }
  return {
    peers,
    surroundings: {
      storage: 'fake-indexeddb, in memory',
      versions: { node: process.versions.node, ...versionsOf(['fake-indexeddb']) },
    },
    close: async () => {},
  }
}
