import { existsSync } from 'node:fs'
import type { Peer } from './peer.ts'
import { plainSqlJs } from './plain-sqljs.ts'
import { plainYjs } from './plain-yjs.ts'
import { segue } from './segue.ts'

const own: readonly Peer[] = [segue, plainYjs, plainSqlJs]
const installed = ['tinybase', 'dexie', 'rxdb', 'automerge', 'loro']
const groups: Readonly<Record<string, readonly string[]>> = { plain: ['yjs', 'sqljs'] }

const folder = new URL('../peers/', import.meta.url)
const INSTALL = 'npm ci --prefix bench/peers'

/** A peer was asked for that is not here. */
export class NoPeerError extends Error {}

/**
 * The peers of some names, in their order; all that can run when there are none. `plain` is Yjs and sql.js.
 *
 * @throws {NoPeerError} a name is unknown, or its peer is not installed
 */
export async function findPeers(names: readonly string[]): Promise<Peer[]> {
  const isInstalled = existsSync(new URL('node_modules', folder))
  if (names.length === 0 && !isInstalled)
    console.error(`Segue and its plain parts only. For the other peers, first run: ${INSTALL}\n`)
  const wanted = names.length > 0 ? names : ['segue', 'plain', ...(isInstalled ? installed : [])]
  const found: Peer[] = []
  for (const name of wanted.flatMap((each) => groups[each] ?? each)) {
    const peer = own.find((each) => each.name === name)
    if (!peer && !installed.includes(name))
      throw new NoPeerError(`There is no peer "${name}": segue, plain, ${installed.join(', ')}.`)
    if (!peer && !isInstalled) throw new NoPeerError(`${name} is not installed. Run: ${INSTALL}`)
    found.push(peer ?? (await import(new URL(`${name}.ts`, folder).href)).default)
  }
  return found
}
