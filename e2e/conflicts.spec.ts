import AxeBuilder from '@axe-core/playwright'
import type { Browser, Page } from '@playwright/test'
import { accept, expect, inviteLink, Person, test } from './app.ts'

/** Nell and Pat, who both may edit a list of three tunes. */
async function sharedList(browser: Browser, list: string) {
  const nell = await Person.open(browser)
  await nell.page.goto('/sign-in')
  // The server is told her name once it knows her; leaving the page before would be too early.
  const named = nell.page.waitForResponse(/\/profile\b/)
  await nell.createAccount('Nell')
  await named
  await nell.newPlaylist(list)
  for (const title of ['First', 'Second', 'Third']) await nell.addTune(title)
  const pat = await Person.newcomer(browser, 'Pat')
  await accept(pat, await inviteLink(nell, 'editor'))
  await expect(pat.row('Third')).toBeVisible()
  await nell.synced()
  await pat.synced()
  return { nell, pat }
}

async function openTune(person: Person, title: string): Promise<void> {
  await person.row(title).getByRole('link', { name: title }).click()
  await expect(person.page.getByLabel('Title')).toHaveValue(title)
}

async function write(person: Person, fact: string, value: string): Promise<void> {
  await person.page.getByLabel(fact).fill(value)
  await person.page.getByLabel(fact).press('Enter')
  await person.page.getByLabel(fact).blur()
}

const notice = ({ page }: Person) => page.getByRole('region', { name: /Notifications/ }).getByRole('listitem')
const badge = ({ page }: Person) => page.getByRole('link', { name: /conflicts? to decide/ })

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

test('a fact that two changed at the same time shows both values, and either can take the other', async ({
  browser,
}) => {
  test.setTimeout(180_000)
  const { nell, pat } = await sharedList(browser, 'At once')
  const vera = await Person.newcomer(browser, 'Vera')
  await accept(vera, await inviteLink(nell, 'viewer'))
  for (const person of [nell, pat, vera]) await openTune(person, 'First')
  await nell.offline()
  await write(nell, 'Composer', 'Ed Reavy')
  await expect(nell.status).toContainText('Offline')
  await write(pat, 'Composer', 'Paddy Fahey')
  await pat.synced()
  await nell.offline(false)

  for (const person of [nell, pat, vera]) {
    const values = person.page.getByRole('list', { name: 'Composer: two values' }).getByRole('listitem')
    await expect(values).toHaveCount(2, { timeout: 30_000 })
    await expect(person.page.getByLabel('Composer', { exact: true })).toHaveValue('Paddy Fahey')
    await expect(values.first()).toContainText(
      person === pat ? /Stands now: Paddy Fahey\s*You, today/ : /Stands now: Paddy Fahey\s*Pat, today/,
    )
    await expect(values.last()).toContainText(
      person === nell ? /Ed Reavy\s*You, today/ : /Ed Reavy\s*Nell, today/,
    )
  }
  await expect(vera.page.getByRole('button', { name: /Use the other value|Keep this/ })).toHaveCount(0)
  await expect(badge(vera)).toHaveCount(0)
  await expect(nell.page.getByText(/^Last changed by Pat, today/)).toBeVisible()
  await expectAccessible(nell.page)

  await expect(notice(nell)).toContainText('While you were offline, 1 field was changed by others too.')
  await notice(nell).getByRole('button', { name: 'Look' }).click()
  const open = nell.page.getByRole('list', { name: 'To decide' })
  await expect(open.getByRole('listitem', { name: 'Composer, First' })).toContainText('on At once')
  await expectAccessible(nell.page)
  await expect(badge(nell)).toBeVisible()

  await pat.page.getByRole('button', { name: 'Use the other value: Ed Reavy' }).press('Enter')
  await expect(pat.page.getByLabel('Composer', { exact: true })).toHaveValue('Ed Reavy')
  await expect(pat.page.getByTestId('announcer')).toHaveText('Composer: Ed Reavy.')
  await expect(pat.page.getByRole('button', { name: /Use the other value/ })).toHaveCount(0)
  await expect(nell.page.getByRole('list', { name: 'Settled' })).toContainText('Settled by Pat, today')
  await expect(nell.page.getByRole('list', { name: 'Settled' })).toContainText('Stands now: Ed Reavy')
  await expect(nell.page.getByText('Nothing to decide.')).toBeVisible()
  for (const person of [nell, pat]) await expect(badge(person)).toHaveCount(0)
  await nell.page.getByRole('link', { name: 'First', exact: true }).click()
  await expect(nell.page.getByLabel('Composer', { exact: true })).toHaveValue('Ed Reavy')
})

test('the name of a list and a place on it are decided on the page of conflicts', async ({ browser }) => {
  test.setTimeout(180_000)
  const { nell, pat } = await sharedList(browser, 'Named twice')
  await nell.page.goto('/conflicts')
  await expect(nell.page.getByRole('heading', { name: 'No conflicts' })).toBeVisible()
  await expectAccessible(nell.page)
  await nell.openPlaylist('Named twice')
  await nell.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))

  await nell.offline()
  const rename = async (person: Person, name: string) => {
    await person.page.getByRole('button', { name: 'More for this playlist' }).click()
    await person.page.getByRole('menuitem', { name: 'Rename' }).click()
    await person.page.getByRole('dialog').getByLabel('Name').fill(name)
    await person.page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
    await expect(person.page.getByRole('heading', { name })).toBeVisible()
  }
  await rename(nell, 'Thursdays')
  await nell.move('Third', -1)
  await rename(pat, 'Fridays')
  await pat.move('Third', -2)
  await expect.poll(() => pat.titles()).toEqual(['Third', 'First', 'Second'])
  await pat.synced()
  await nell.offline(false)
  await expect(nell.page.getByRole('heading', { name: 'Fridays' })).toBeVisible({ timeout: 30_000 })
  await expect(notice(nell)).toContainText('2 fields were changed by others too.')

  await nell.page.getByRole('link', { name: '2 conflicts to decide' }).click()
  await expect(notice(nell)).toHaveCount(0)
  const place = nell.page.getByRole('listitem', { name: 'Place on the list, Third' })
  await expect(place).toContainText(/on Fridays/)
  await expect(place).toContainText(/Place 1\s*Pat, today/)
  await expect(place).toContainText(/Place 2\s*You, today/)
  await place.getByRole('button', { name: 'Keep this: Place 1' }).click()
  const name = nell.page.getByRole('listitem', { name: 'Name of the list, Fridays' })
  await name.getByRole('button', { name: 'Use the other value: Thursdays' }).click()
  await expect(nell.page.getByText('Nothing to decide.')).toBeVisible()
  await expect(pat.page.getByRole('heading', { name: 'Thursdays' })).toBeVisible()
  await expect.poll(() => pat.titles()).toEqual(['Third', 'First', 'Second'])
})
