/**
 * Two people and many, against the embedded backend in a process of its own: latency, bytes, catching up, crowds.
 * `npm run bench:sync -- --json`, or a part: `--only latency,bytes,missed,device,crowd`. It judges nothing: the figures are for a person to compare.
 */
import { parseArgs } from 'node:util'
import { startBackend } from './sync/backend.ts'
import { bytesOnTheWire } from './sync/bytes.ts'
import { catchUp, newDevice } from './sync/catch-up.ts'
import { crowd } from './sync/crowd.ts'
import { latency } from './sync/latency.ts'
import { makePair, partWays } from './sync/pair.ts'
import { wholeDocument } from './sync/whole-document.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: 'latency,bytes,missed,device,crowd' },
    edits: { type: 'string', default: '60' },
    missed: { type: 'string', default: '0,100,10000' },
    rows: { type: 'string', default: '10000' },
    clients: { type: 'string', default: '2,10,50' },
    seconds: { type: 'string', default: '20' },
  },
})
const numbers = (text: string) => text.split(',').filter(Boolean).map(Number)

function say(title: string, figures: object): void {
  if (values.json) console.error(`${title} done`)
  else {
    console.log(`\n${title}`)
    console.table(figures)
  }
}

const wanted = new Set(values.only.split(','))

async function main(): Promise<void> {
  const backend = await startBackend()
  const figures: Record<string, unknown> = {}
  const keep = (name: string, title: string, found: object) => {
    figures[name] = found
    say(title, found)
  }
  try {
    if (wanted.has('latency') || wanted.has('bytes')) {
      const pair = await makePair(backend)
      if (wanted.has('latency')) keep('latency', 'Latency', await latency(pair, Number(values.edits)))
      if (wanted.has('bytes')) keep('bytes', 'Bytes per edit', await bytesOnTheWire(pair))
      await partWays(pair)
    }
    if (wanted.has('bytes'))
      keep('wholeDocument', 'Bytes per edit, the whole document in one column', wholeDocument())
    if (wanted.has('missed')) keep('catchUp', 'Catching up', await catchUp(backend, numbers(values.missed)))
    if (wanted.has('device')) keep('newDevice', 'A new device', await newDevice(backend, Number(values.rows)))
    const crowds: object[] = []
    for (const size of wanted.has('crowd') ? numbers(values.clients) : []) {
      crowds.push(await crowd(backend, size, Number(values.seconds)))
      keep('crowds', 'Crowds', crowds)
    }
    if (values.json) console.log(JSON.stringify(figures))
  } finally {
    await backend.close()
  }
}

await main()
