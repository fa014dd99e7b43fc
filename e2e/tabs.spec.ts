import type { Page } from '@playwright/test'
import { expect, Person, test } from './app.ts'

/** Counts the pushes of a page into the log, and the sockets it opens. */
function traffic(page: Page) {
  const seen = { pushes: 0, pulls: 0 }
  page.on('request', (request) => {
    if (request.url().endsWith('/rpc/push_updates')) seen.pushes++
    if (request.url().endsWith('/rpc/pull_log')) seen.pulls++
  })
  return seen
}

async function moreTabs(person: Person, count: number): Promise<Page[]> {
  const path = new URL(person.page.url()).pathname
  const tabs: Page[] = []
  for (let each = 0; each < count; each++) {
    const tab = await person.context.newPage()
    await tab.goto(path)
    await expect(tab.getByLabel('Add tune')).toBeVisible()
    tabs.push(tab)
  }
  return tabs
}

async function addTune(tab: Page, title: string): Promise<void> {
  await tab.getByLabel('Add tune').fill(title)
  await tab.getByRole('option', { name: `Create “${title}”` }).click()
}

const row = (tab: Page, title: string) => tab.getByRole('listitem', { name: title, exact: true })

test('of five tabs one talks to the server, each sees what the others do, and every edit is pushed once', async ({
  browser,
}) => {
  test.setTimeout(180_000)
  const nell = await Person.newcomer(browser, 'Nell')
  await nell.newPlaylist('Five tabs')
  await nell.synced()
  const seen = [traffic(nell.page)]
  const tabs = await moreTabs(nell, 4)
  seen.push(...tabs.map(traffic))
  await addTune(tabs[3] ?? nell.page, 'From the last tab')
  await addTune(tabs[1] ?? nell.page, 'From the second tab')
  for (const tab of [nell.page, ...tabs]) {
    await expect(row(tab, 'From the last tab')).toBeVisible({ timeout: 5_000 })
    await expect(row(tab, 'From the second tab')).toBeVisible({ timeout: 5_000 })
    await expect(tab.getByRole('status').filter({ hasText: 'Synced' }).first()).toBeVisible()
  }
  expect(seen.slice(1).map(({ pushes, pulls }) => pushes + pulls)).toEqual([0, 0, 0, 0])
  expect(seen[0]?.pushes).toBeGreaterThanOrEqual(1)
  expect(seen[0]?.pushes).toBeLessThanOrEqual(4)

  // The tab that talked dies; another takes over with what was written meanwhile.
  await nell.page.close()
  await addTune(tabs[2] ?? nell.page, 'After the first tab')
  const other = await Person.signedIn(browser, { email: nell.email, password: 'a long enough password' })
  await other.openPlaylist('Five tabs')
  await expect(other.row('After the first tab')).toBeVisible()
  await expect(other.row('From the last tab')).toBeVisible()
})

test('what a tab wrote offline before it was killed is sent by the tab that is left', async ({ browser }) => {
  const nell = await Person.newcomer(browser, 'Nell')
  await nell.newPlaylist('Killed')
  await nell.addTune('Before')
  await nell.synced()
  const [left] = await moreTabs(nell, 1)
  if (!left) throw new Error('no tab')
  await nell.offline()
  await nell.addTune('Last words')
  await expect(row(left, 'Last words')).toBeVisible()
  await nell.kill()
  await nell.offline(false)
  await expect(left.getByRole('status').filter({ hasText: 'Synced' }).first()).toBeVisible({
    timeout: 30_000,
  })
  const other = await Person.signedIn(browser, { email: nell.email, password: 'a long enough password' })
  await other.openPlaylist('Killed')
  await expect(other.row('Last words')).toBeVisible()
})

test('a list made or forgotten in one tab comes and goes in the other', async ({ browser }) => {
  const nell = await Person.newcomer(browser, 'Nell')
  await nell.newPlaylist('First')
  const tab = await nell.context.newPage()
  await tab.goto('/playlists')
  await expect(tab.getByRole('main').getByRole('link', { name: /First/ })).toBeVisible()
  await nell.offline()
  await nell.newPlaylist('Second')
  await expect(tab.getByRole('main').getByRole('link', { name: /Second/ })).toBeVisible({ timeout: 5_000 })
})
