import { readFileSync } from 'node:fs'

const ROOT = new URL('../../', import.meta.url)
const read = (path: string) => JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'))

/** The versions of packages of ours. */
export const versionsOf = (names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, read(`node_modules/${name}/package.json`).version]))

/** The versions of all that is in the package of the peers. */
export const peerVersions = (): Record<string, string> => read('bench/peers/package.json').dependencies
