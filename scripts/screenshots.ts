/** Takes the pictures of the README from a demo that runs: `npm start`, then `npm run screenshots`. */
import { mkdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Browser, chromium, type Page } from '@playwright/test'
import { findChromium } from './find-chromium.ts'
import { DEMO_ACCOUNTS } from './seed.ts'

const PICTURE = join(resolve(import.meta.dirname, '..'), 'docs/images/playlist.png')

const { values } = parseArgs({
  options: { url: { type: 'string', default: 'http://localhost:4310' } },
})

/** One of the demo accounts, with the shared playlist on the screen. */
async function atThePlaylist(
  browser: Browser,
  { email, password }: (typeof DEMO_ACCOUNTS)[number],
): Promise<Page> {
  const page = await browser.newPage({
    baseURL: values.url,
    viewport: { width: 1280, height: 832 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  })
  await page.goto('/sign-in?next=/playlists')
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page
    .getByRole('main')
    .getByRole('link', { name: /Thursday session/ })
    .click()
  await page.getByRole('list', { name: 'Tunes on this list' }).waitFor()
  return page
}

const executablePath = findChromium()
const browser = await chromium.launch({
  ...(executablePath ? { executablePath } : {}),
  args: ['--no-sandbox'],
})
try {
  const [first, second] = DEMO_ACCOUNTS
  const mine = await atThePlaylist(browser, first)
  const theirs = await atThePlaylist(browser, second)
  await theirs.getByRole('list', { name: 'Tunes on this list' }).getByRole('link').nth(3).focus()
  await mine.getByText(`${second.name} is here`).waitFor({ state: 'attached' })
  await mine.getByRole('button', { name: 'Synced' }).waitFor()
  // The message that the app works offline comes once, with the first visit of a browser.
  const dismiss = mine.getByRole('button', { name: 'Dismiss' })
  if (await dismiss.isVisible()) await dismiss.click()
  await mine.mouse.move(0, 0)
  mkdirSync(dirname(PICTURE), { recursive: true })
  await mine.screenshot({ path: PICTURE })
  console.log(`Wrote ${PICTURE}`)
} finally {
  await browser.close()
}
