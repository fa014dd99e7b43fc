import { quantile } from '../../sync/numbers.ts'
import type { Store } from '../peer.ts'
import { type Figures, mustBe, type Scene } from './scene.ts'

const QUERIES = 50
const EDITS = 200
/** Edits fall anywhere within some frames after the one before is seen. */
const PAUSES = 40
const PATIENCE_MS = 10_000

/**
 * In a page: a list with fifty live queries, of which each edit concerns one; until its row says so in the document, and
 * until that frame is drawn.
 */
export async function screen({ store, peer, rows }: Scene): Promise<Figures> {
  if (!store.show || typeof document === 'undefined') return {}
  const host = document.createElement('main')
  document.body.append(host)
  const hide = await store.show(host, QUERIES)
  const shown = [...host.querySelectorAll<HTMLElement>('[data-id]')]
  const there = rows.filter(({ b }) => b === 3).length
  mustBe(`${peer.name}'s list`, shown.length, Math.min(there, QUERIES - 1))
  const [seen, drawn]: [number[], number[]] = [[], []]
  for (let made = 0; made < EDITS; made++) {
    await pause((made * 7) % PAUSES)
    const row = shown[(made * 11) % shown.length]
    if (!row) throw new Error('The list is empty.')
    const times = await editToScreen(store, row, 5_000_000 + made)
    seen.push(times.seen)
    drawn.push(times.drawn)
  }
  hide()
  host.remove()
  return {
    screenMs: quantile(seen, 0.5),
    screenP95Ms: quantile(seen, 0.95),
    drawnMs: quantile(drawn, 0.5),
    drawnP95Ms: quantile(drawn, 0.95),
  }
}

async function editToScreen(store: Store, row: HTMLElement, value: number) {
  const says = String(value)
  const start = performance.now()
  const shows = new Promise<void>((resolve, reject) => {
    const observer = new MutationObserver(() => {
      if (!row.textContent?.includes(says)) return
      observer.disconnect()
      clearTimeout(patience)
      resolve()
    })
    const patience = setTimeout(() => reject(new Error(`No row shows ${says}.`)), PATIENCE_MS)
    observer.observe(row, { subtree: true, childList: true, characterData: true })
  })
  await store.edit(row.dataset.id ?? '', value)
  await shows
  const seen = performance.now() - start
  await frame()
  return { seen, drawn: performance.now() - start }
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** The next task after a frame begins once that frame is handed to be drawn. */
const frame = () =>
  new Promise<void>((resolve) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => resolve()
      port2.postMessage(undefined)
    })
  })
