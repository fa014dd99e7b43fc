import type { BrowserContext, Page } from '@playwright/test'

/** How smoothly a page ran for a while, in ms: gaps between frames, and tasks of more than 50 ms. */
export interface FrameTimes {
  readonly ms: number
  readonly frames: { readonly median: number; readonly p95: number; readonly longest: number }
  readonly longTasks: { readonly count: number; readonly sum: number; readonly longest: number }
}

interface Taken {
  readonly gaps: readonly number[]
  readonly tasks: readonly number[]
}

/** Records frames and long tasks in every page that a browser profile opens from now on. */
export async function recordFrames(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    let gaps: number[] = []
    let tasks: number[] = []
    const keep = (entries: PerformanceEntryList) => tasks.push(...entries.map(({ duration }) => duration))
    const observer = new PerformanceObserver((list) => keep(list.getEntries()))
    observer.observe({ type: 'longtask', buffered: true })
    let last: number | undefined
    const frame = (now: number) => {
      if (last !== undefined) gaps.push(now - last)
      last = now
      requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
    const take = async (): Promise<Taken> => {
      // A gap that began before belongs to what is over.
      await new Promise(requestAnimationFrame)
      keep(observer.takeRecords())
      const taken = { gaps, tasks }
      gaps = []
      tasks = []
      return taken
    }
    Object.assign(window, { takeFrames: take })
  })
}

/** How the page ran while something was done; in a page that was opened meanwhile, since it was opened. */
export async function frameTimesOf(page: Page, work: () => Promise<unknown>): Promise<FrameTimes> {
  const take = (): Promise<Taken> => page.evaluate(() => Reflect.get(window, 'takeFrames')())
  await take()
  const start = performance.now()
  await work()
  const ms = Math.round(performance.now() - start)
  const { gaps, tasks } = await take()
  const sorted = gaps.toSorted((a, b) => a - b)
  const share = (part: number) => Math.round(sorted[Math.floor((sorted.length - 1) * part)] ?? 0)
  return {
    ms,
    frames: { median: share(0.5), p95: share(0.95), longest: share(1) },
    longTasks: {
      count: tasks.length,
      sum: Math.round(tasks.reduce((sum, each) => sum + each, 0)),
      longest: Math.round(Math.max(0, ...tasks)),
    },
  }
}
