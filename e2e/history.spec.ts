import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Browser, BrowserContextOptions, Page } from '@playwright/test'
import { type LocalBackend, startLocalBackend } from '../supabase/local/index.ts'
import { accept, expect, inviteLink, Person, test } from './app.ts'

// A backend of these tests' own, whose clock they may turn: what was done today is done yesterday.
let backend: LocalBackend
const dataDir = mkdtempSync(join(tmpdir(), 'segue-e2e-history-'))

test.beforeAll(async () => {
  backend = await startLocalBackend({ dataDir, staticDir: 'dist', compaction: false })
})
test.afterAll(async () => {
  await backend.close()
  rmSync(dataDir, { recursive: true, force: true })
})

const newcomer = (browser: Browser, name: string, options: BrowserContextOptions = {}) =>
  Person.newcomer(browser, name, { baseURL: backend.url, ...options })

/** Everything that anybody has done so far was a day ago. */
const aDayPasses = () => backend.sql("update space_update set created_at = created_at - interval '1 day'")

/** Nell's list as it was yesterday, to which Pat has done this and that today. */
async function changedList(browser: Browser, list: string) {
  const nell = await newcomer(browser, 'Nell')
  await nell.newPlaylist(list)
  for (const title of ['The Kesh', 'Morrison’s', 'Out on the Ocean']) await nell.addTune(title)
  const pat = await newcomer(browser, 'Pat')
  await accept(pat, await inviteLink(nell, 'editor'))
  await expect(pat.row('Out on the Ocean')).toBeVisible()
  await nell.synced()
  await aDayPasses()

  await pat.removeFromList('Morrison’s')
  await pat.addTune('Banish Misfortune')
  await pat.move('Out on the Ocean', -1)
  await pat.row('The Kesh').getByRole('link', { name: 'The Kesh' }).click()
  await pat.page.getByLabel('Title').fill('The Kesh Jig')
  await pat.page.getByLabel('Title').press('Enter')
  await pat.page.getByLabel('Title').blur()
  await pat.synced()
  await pat.openPlaylist(list)
  await expect(nell.row('Banish Misfortune')).toBeVisible()
  await expect(nell.row('The Kesh Jig')).toBeVisible()
  await nell.synced()
  return { nell, pat }
}

async function openHistory({ page }: Person): Promise<void> {
  await page.getByRole('button', { name: 'More for this playlist' }).click()
  await page.getByRole('menuitem', { name: 'History' }).click()
  await expect(page.getByRole('heading', { name: 'History', level: 1 })).toBeVisible()
}

const yesterday = ({ page }: Person) =>
  page.getByRole('region', { name: 'Yesterday' }).getByRole('link').first()
const version = ({ page }: Person) => page.getByRole('list', { name: /^As it was/ }).getByRole('listitem')

async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.flatMap(({ help, nodes }) => nodes.map(({ target }) => `${help} – ${target}`))).toEqual(
      [],
    )
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null })
}

/** Pictures for whoever wants to look: `SEGUE_PICTURES=folder`. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SEGUE_PICTURES
  if (!folder) return
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await page.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), fullPage: true })
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null })
}

test('restore of yesterday’s playlist: everybody sees it, and an undo takes it back', async ({ browser }) => {
  test.setTimeout(180_000)
  const { nell, pat } = await changedList(browser, 'Thursday')
  await openHistory(nell)
  await expect(nell.page.getByRole('region', { name: 'Today' })).toContainText(/Pat\s+/)
  await expect(nell.page.getByRole('region', { name: 'Today' })).toContainText(
    'renamed “The Kesh” to “The Kesh Jig”',
  )
  await expect(yesterday(nell)).toContainText('You began the list, added 3 tunes')
  await picture(nell.page, 'history')
  await yesterday(nell).press('Enter')
  await expect(version(nell)).toHaveCount(4)
  await expect(version(nell).nth(0)).toHaveAccessibleName('The Kesh: Now called “The Kesh Jig”')
  await expect(version(nell).nth(1)).toHaveAccessibleName('Morrison’s: Not on the list now')
  await expect(version(nell).nth(2)).toHaveAccessibleName('Out on the Ocean: In another place now')
  await expect(version(nell).nth(3)).toHaveAccessibleName('Banish Misfortune: Added since')
  await expectAccessible(nell.page)
  await picture(nell.page, 'version')

  await nell.page.getByRole('button', { name: 'Restore this version' }).press('Enter')
  const question = nell.page.getByRole('alertdialog')
  await expect(question).toContainText('Everybody who shares the list sees it.')
  await picture(nell.page, 'question')
  await question.getByRole('button', { name: 'Restore' }).press('Enter')
  await expect.poll(() => pat.titles()).toEqual(['The Kesh', 'Morrison’s', 'Out on the Ocean'])
  await expect(nell.page.getByText('This is what the list is now.')).toBeVisible()
  await expect(nell.page.getByRole('heading', { level: 2, name: /^Thursday, yesterday/ })).toBeFocused()
  await expect(nell.page.getByRole('region', { name: 'Today' }).getByRole('link').first()).toContainText(
    'You renamed “The Kesh Jig” to “The Kesh”',
  )
  await picture(nell.page, 'restored')
  const notice = nell.page.getByRole('region', { name: /Notifications/ })
  await notice.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(() => pat.titles()).toEqual(['Out on the Ocean', 'The Kesh Jig', 'Banish Misfortune'])
  await nell.openPlaylist('Thursday')
  await expect.poll(() => nell.titles()).toEqual(['Out on the Ocean', 'The Kesh Jig', 'Banish Misfortune'])
  await nell.mirrorIsExact()
})

test('a tune’s former title comes back from its own history', async ({ browser }) => {
  test.setTimeout(180_000)
  const { nell, pat } = await changedList(browser, 'Titles')
  await nell.row('The Kesh Jig').getByRole('link', { name: 'The Kesh Jig' }).click()
  await nell.page.getByRole('button', { name: 'Show who changed what' }).press('Enter')
  const changes = nell.page.getByRole('list', { name: 'Changes of this tune' }).getByRole('listitem')
  await expect(changes).toHaveCount(2)
  await expect(changes.first()).toContainText(/Title:\s*The Kesh.*The Kesh Jig\s*Pat, today/)
  await expect(changes.last()).toContainText(/Written down\s*You, yesterday/)
  await expectAccessible(nell.page)
  await picture(nell.page, 'tune')
  await changes.first().getByRole('button', { name: 'Restore Title: The Kesh' }).press('Enter')
  await expect(nell.page.getByLabel('Title', { exact: true })).toHaveValue('The Kesh')
  await expect(pat.row('The Kesh')).toBeVisible()
})

test('who may only look can look back, on a phone too, but not restore; offline it says so', async ({
  browser,
}) => {
  test.setTimeout(180_000)
  const { nell } = await changedList(browser, 'To look at')
  const vera = await newcomer(browser, 'Vera', {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  })
  await accept(vera, await inviteLink(nell, 'viewer'))
  await expect(vera.row('The Kesh Jig')).toBeVisible()
  await openHistory(vera)
  await expect(yesterday(vera)).toContainText('Nell began the list, added 3 tunes')
  await picture(vera.page, 'phone-history')
  await yesterday(vera).click()
  await expect(version(vera)).toHaveCount(4)
  await expect(vera.page.getByText('You may look, but not restore.')).toBeVisible()
  await expect(vera.page.getByRole('button', { name: /Restore/ })).toHaveCount(0)
  await expectAccessible(vera.page)
  await picture(vera.page, 'phone-version')
  await vera.page.getByRole('link', { name: 'All versions' }).click()
  await expect(yesterday(vera)).toBeVisible()
  await vera.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await vera.offline()
  await vera.openPlaylist('To look at')
  await openHistory(vera)
  await expect(vera.page.getByRole('alert')).toContainText('kept on the server, which cannot be reached now')
  await picture(vera.page, 'phone-offline')
  await vera.offline(false)
  await vera.page.getByRole('button', { name: 'Try again' }).click()
  await expect(yesterday(vera)).toBeVisible()
})

test('the library has a history too', async ({ browser }) => {
  const nell = await newcomer(browser, 'Nell')
  await nell.newTune('The Kesh')
  await nell.synced()
  await aDayPasses()
  await nell.newTune('Morrison’s')
  await nell.synced()
  await nell.page.goto('/library')
  await nell.page.getByRole('button', { name: 'More for your library' }).click()
  await nell.page.getByRole('menuitem', { name: 'History' }).click()
  await yesterday(nell).click()
  await expect(version(nell)).toHaveCount(1)
  await expect(version(nell)).toHaveAccessibleName('Morrison’s: Added since')
  await picture(nell.page, 'library')
  await nell.page.getByRole('button', { name: 'Restore this version' }).click()
  await nell.page.getByRole('alertdialog').getByRole('button', { name: 'Restore' }).click()
  await nell.page.goto('/library')
  await expect(nell.page.getByRole('list', { name: 'Tunes' }).getByRole('link')).toHaveCount(1)
})
