/** One peer at work in a page. Whoever drives the browser calls `bench`. */
import { peers } from 'virtual:peers'
import { runOnce, type Size } from '../run.ts'
import type { Figures } from '../work/index.ts'

declare global {
  interface Window {
    bench: Bench
  }
}

/** What the page can do. */
export interface Bench {
  /** Loads a peer and says its title. */
  load(name: string): Promise<string>
  /** The peer that was loaded does all the work once. */
  run(name: string, size: Size): Promise<Figures>
}

async function find(name: string) {
  const found = await peers[name]?.()
  if (!found) throw new Error(`The page was built without ${name}.`)
  return found.default
}

window.bench = {
  load: async (name) => (await find(name)).title,
  run: async (name, size) => runOnce(await find(name), size),
}
