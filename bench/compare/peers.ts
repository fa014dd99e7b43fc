import { existsSync } from 'node:fs'

/** Where the code of a peer lies; its default export is a {@link Peer}. */
export interface PeerFile {
  readonly name: string
  readonly url: URL
}

const own: Readonly<Record<string, string>> = {
  segue: 'segue.ts',
  yjs: 'plain-yjs.ts',
  sqljs: 'plain-sqljs.ts',
}
const installed = ['tinybase', 'dexie', 'rxdb', 'automerge', 'loro']
/** Their storage is made for browsers alone. */
const inBrowsers: readonly string[] = ['wa-sqlite', 'cr-sqlite', 'powersync', 'evolu']
const groups: Readonly<Record<string, readonly string[]>> = { plain: ['yjs', 'sqljs'] }

const folder = new URL('../peers/', import.meta.url)
const INSTALL = 'npm ci --prefix bench/peers'

/** A peer was asked for that is not here. */
export class NoPeerError extends Error {}

/**
 * The peers of some names, in their order; all that can run when there are none. `plain` is Yjs and sql.js.
 *
 * @throws {NoPeerError} a name is unknown, or its peer is not installed or does not run here
 */
export function findPeers(names: readonly string[], isBrowser: boolean): PeerFile[] {
  const isInstalled = existsSync(new URL('node_modules', folder))
  if (names.length === 0 && !isInstalled)
    console.error(`Segue and its plain parts only. For the other peers, first run: ${INSTALL}\n`)
  const others = isBrowser ? [...installed, ...inBrowsers] : installed
  const wanted = names.length > 0 ? names : [...Object.keys(own), ...(isInstalled ? others : [])]
  return wanted
    .flatMap((each) => groups[each] ?? each)
    .map((name) => {
      const file = own[name]
      if (file) return { name, url: new URL(file, import.meta.url) }
      if (!isBrowser && inBrowsers.includes(name)) throw new NoPeerError(`${name} needs --in chromium.`)
      if (!others.includes(name))
        throw new NoPeerError(`There is no peer "${name}": segue, plain, ${others.join(', ')}.`)
      if (!isInstalled) throw new NoPeerError(`${name} is not installed. Run: ${INSTALL}`)
      return { name, url: new URL(`${name}.ts`, folder) }
    })
}
