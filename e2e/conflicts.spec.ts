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
  await expect(notice(pat)).toContainText('Composer: Ed Reavy.')
  await expect(pat.page.getByRole('button', { name: /Use the other value/ })).toHaveCount(0)
  await expect(nell.page.getByRole('list', { name: 'Settled' })).toContainText('Settled by Pat, today')
  await expect(nell.page.getByRole('list', { name: 'Settled' })).toContainText('Stands now: Ed Reavy')
  await expect(nell.page.getByText('Nothing to decide.')).toBeVisible()
  for (const person of [nell, pat]) await expect(badge(person)).toHaveCount(0)

  // What is settled can be turned the other way, and back.
  const settled = nell.page.getByRole('listitem', { name: 'Composer, First' })
  const composerOf = ({ page }: Person) => page.getByLabel('Composer', { exact: true })
  await settled.getByRole('button', { name: 'Use this instead: Paddy Fahey' }).click()
  await expect(settled).toContainText('Stands now: Paddy Fahey')
  await expect(composerOf(pat)).toHaveValue('Paddy Fahey')
  await notice(nell).getByRole('button', { name: 'Undo' }).click()
  await expect(settled).toContainText('Stands now: Ed Reavy')
  await expect(composerOf(pat)).toHaveValue('Ed Reavy')
  await expect(badge(pat)).toHaveCount(0)

  // Edited since, it says what it is now before it offers both.
  await write(pat, 'Composer', 'Martin Mulvihill')
  await expect(settled).toContainText(
    /Settled by Pat, today .*Changed since. Now: Martin Mulvihill \(Pat, today/,
  )
  await expectAccessible(nell.page)
  await vera.page.goto('/conflicts')
  await expect(vera.page.getByText(/Now: Martin Mulvihill/)).toBeVisible()
  await expect(vera.page.getByRole('button', { name: /Use (this|the other value)|Keep this/ })).toHaveCount(0)
  await settled.getByRole('button', { name: 'Use this instead: Ed Reavy' }).press('Enter')
  await expect(settled).not.toContainText('Changed since')
  await expect(composerOf(pat)).toHaveValue('Ed Reavy')
  await expect(settled.getByRole('list')).toBeFocused()
  await nell.page.getByRole('link', { name: 'First', exact: true }).click()
  await expect(composerOf(nell)).toHaveValue('Ed Reavy')
})

test('what one person wrote on two devices says which is which', async ({ browser }) => {
  test.setTimeout(180_000)
  const phone = await Person.newcomer(browser, 'Nell')
  await phone.newTune('Mine')
  await phone.synced()
  const laptop = await Person.signedIn(browser, { email: phone.email, password: 'a long enough password' })
  await laptop.page.getByRole('link', { name: 'Mine', exact: true }).click()
  await expect(laptop.page.getByText(/^Last changed by you on another device, today/)).toBeVisible()
  await expect(phone.page.getByText(/^Last changed by you, today/)).toBeVisible()

  await phone.offline()
  await write(phone, 'Composer', 'Ed Reavy')
  await expect(phone.status).toContainText('Offline')
  await write(laptop, 'Composer', 'Paddy Fahey')
  await laptop.synced()
  await phone.offline(false)
  for (const here of [phone, laptop]) {
    const values = here.page.getByRole('list', { name: 'Composer: two values' }).getByRole('listitem')
    const [late, early] = here === laptop ? ['this', 'another'] : ['another', 'this']
    await expect(values.first()).toContainText(new RegExp(`Paddy Fahey\\s*You on ${late} device, today`), {
      timeout: 30_000,
    })
    await expect(values.last()).toContainText(new RegExp(`Ed Reavy\\s*You on ${early} device, today`))
  }
  await expect(notice(phone)).toContainText(
    'While you were offline, 1 field was changed on another device of yours too.',
  )
  await laptop.page.getByRole('button', { name: 'Use the other value: Ed Reavy' }).click()
  await phone.page.goto('/conflicts')
  await expect(phone.page.getByText(/Settled by you on another device, today/)).toBeVisible()
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
