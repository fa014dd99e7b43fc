/**
 * Segue beside its plain parts and other local-first stores, which do the same work in the same run, in turns.
 * `npm run bench -- --json`, in a browser with `--in chromium`, or less of it: `--only segue,plain --work insert,edits
 * --rows 1000`
 */
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { findPeers, NoPeerError } from './compare/peers.ts'
import type { Place } from './compare/place.ts'
import { medians, ratios } from './compare/ratios.ts'
import { peerVersions, versionsOf } from './compare/versions.ts'
import { benchmarks, type Figures } from './compare/work/index.ts'
import { rounded } from './sync/numbers.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    in: { type: 'string', default: 'node' },
    only: { type: 'string', default: '' },
    work: { type: 'string', default: Object.keys(benchmarks).join(',') },
    rows: { type: 'string', default: '10000' },
    edits: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '5' },
  },
})

const size = { rows: Number(values.rows), edits: Number(values.edits), work: values.work.split(',') }

async function openPlace(): Promise<Place> {
  const peers = findPeers(values.only.split(',').filter(Boolean), values.in === 'chromium')
  switch (values.in) {
    case 'node':
      return (await import('./compare/in-node.ts')).inNode(peers)
    case 'chromium':
      return (await import('./compare/in-chromium.ts')).inChromium(peers)
    default:
      throw new NoPeerError(`Nobody works in "${values.in}": node, chromium.`)
  }
}

async function measure({ peers }: Place): Promise<Map<string, Figures[]>> {
  const runs = new Map<string, Figures[]>(peers.map(({ name }) => [name, []]))
  // Once before it counts, with fewer rows: nobody is measured while the engine still compiles.
  for (const peer of peers) await peer.run({ ...size, rows: Math.min(size.rows, 2_000), edits: 200 })
  for (let run = 0; run < Number(values.runs); run++) {
    for (const peer of peers) {
      runs.get(peer.name)?.push(await peer.run(size))
      console.error(`${run + 1}. ${peer.title}`)
    }
  }
  return runs
}

function print(runs: Map<string, Figures[]>, { surroundings }: Place): void {
  const figures = Object.fromEntries([...runs].map(([name, each]) => [name, rounded(medians(each))]))
  const found = rounded(ratios(runs))
  if (values.json) {
    const { storage, versions } = surroundings
    const all = { ...versions, ...versionsOf(['yjs', 'sql.js']), ...peerVersions() }
    console.log(JSON.stringify({ ...found, ...size, ...machine(), storage, versions: all, peers: figures }))
    return
  }
  console.table(figures)
  if (Object.keys(found).length > 0) console.table(found)
}

const machine = () => ({
  runs: Number(values.runs),
  machine: `${cpus().length} × ${cpus()[0]?.model}`,
  /** Of the last minute, this run included. */
  load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
})

try {
  const place = await openPlace()
  try {
    print(await measure(place), place)
  } finally {
    await place.close()
  }
} catch (error) {
  if (!(error instanceof NoPeerError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
