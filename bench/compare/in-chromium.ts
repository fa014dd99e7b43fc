import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from '@playwright/test'
import { findOrInstallChromium } from '../../scripts/find-chromium.ts'
import { buildPage, servePage } from './build-page.ts'
import type { PeerFile } from './peers.ts'
import type { PeerInPlace, Place } from './place.ts'

/** Headless Chromium with a profile on the disk: each peer has a page of its own, all in one origin. */
export async function inChromium(files: readonly PeerFile[]): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'segue-bench-'))
  await buildPage(files, join(folder, 'page'))
  const server = await servePage(join(folder, 'page'))
  // A context that is not persistent keeps its IndexedDB in memory.
  const browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: findOrInstallChromium(),
    args: ['--no-sandbox', '--js-flags=--expose-gc'],
  })
  const peers: PeerInPlace[] = []
  for (const { name } of files) peers.push(await openPeer(browser, server.url, name))
  return {
    peers,
    surroundings: {
      storage: 'IndexedDB of Chromium, on the disk',
      versions: { chromium: browser.browser()?.version() ?? 'unknown' },
    },
    async close() {
      await browser.close()
      await server.close()
      await rm(folder, { recursive: true })
    },
  }
}

async function openPeer(browser: BrowserContext, url: string, name: string): Promise<PeerInPlace> {
  const page = await browser.newPage()
  tell(page, name)
  await page.goto(url)
  await page.waitForFunction(() => 'bench' in window)
  const title = await page.evaluate((peer) => window.bench.load(peer), name)
  return {
    name,
    title,
    async run(size) {
      await page.bringToFront()
      return page.evaluate(([peer, wanted]) => window.bench.run(peer, wanted), [name, size] as const)
    },
  }
}

/** What a page complains of is not lost. */
function tell(page: Page, name: string): void {
  page.on('pageerror', (error) => console.error(`${name}: ${error.stack ?? error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(`${name}: ${message.text()}`)
  })
}
