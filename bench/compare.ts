/**
 * Segue beside its plain parts and other local-first stores, which do the same work in the same run, in turns.
 * `npm run bench -- --json`, or less of it: `--only segue,plain --work insert,edits --rows 1000`
 */
import 'fake-indexeddb/auto'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { findPeers, NoPeerError } from './compare/peers.ts'
import { medians, ratios } from './compare/ratios.ts'
import { runOnce } from './compare/run.ts'
import { benchmarks, type Figures } from './compare/work/index.ts'
import { rounded } from './sync/numbers.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    work: { type: 'string', default: Object.keys(benchmarks).join(',') },
    rows: { type: 'string', default: '10000' },
    edits: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '5' },
  },
})

const ROOT = new URL('../', import.meta.url)
const read = (path: string) => JSON.parse(readFileSync(new URL(path, ROOT), 'utf8'))
const versionOf = (name: string): string => read(`node_modules/${name}/package.json`).version

async function main(): Promise<void> {
  const peers = await findPeers(values.only.split(',').filter(Boolean))
  const size = { rows: Number(values.rows), edits: Number(values.edits), work: values.work.split(',') }
  const runs = new Map<string, Figures[]>()
  // Once before it counts, with fewer rows: nobody is measured while the engine still compiles.
  for (const peer of peers) await runOnce(peer, { ...size, rows: Math.min(size.rows, 2_000), edits: 200 })
  for (let run = 0; run < Number(values.runs); run++) {
    for (const peer of peers) {
      const figures = await runOnce(peer, size)
      runs.set(peer.name, [...(runs.get(peer.name) ?? []), figures])
      console.error(`${run + 1}. ${peer.title}`)
    }
  }
  const figures = Object.fromEntries(peers.map(({ name }) => [name, rounded(medians(runs.get(name) ?? []))]))
  const found = rounded(ratios(runs))
  if (values.json) console.log(JSON.stringify({ ...found, ...size, ...surroundings(), peers: figures }))
  else {
    console.table(figures)
    if (Object.keys(found).length > 0) console.table(found)
  }
}

const surroundings = () => ({
  runs: Number(values.runs),
  machine: `${cpus().length} × ${cpus()[0]?.model}`,
  storage: 'fake-indexeddb, in memory',
  versions: {
    node: process.versions.node,
    ...Object.fromEntries(['yjs', 'sql.js', 'fake-indexeddb'].map((name) => [name, versionOf(name)])),
    ...read('bench/peers/package.json').dependencies,
  },
})

try {
  await main()
} catch (error) {
  if (!(error instanceof NoPeerError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
