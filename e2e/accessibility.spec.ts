import AxeBuilder from '@axe-core/playwright'
import { expect, Person, test } from './app.ts'

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** Menus hang at the end of the body, outside of every landmark; their pattern wants them so. */
const MENUS = 'data-reka-popper-content-wrapper'

/** What axe finds wrong on the page as it is, in words that lead to the place; in the dark only the colours differ. */
async function findings({ page }: Person): Promise<string[]> {
  const found: string[] = []
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const axe = new AxeBuilder({ page })
    const { violations } = await (colorScheme === 'dark'
      ? axe.withRules('color-contrast')
      : axe.withTags(RULES)
    ).analyze()
    for (const { id, help, nodes } of violations)
      for (const { target } of nodes)
        if (id !== 'region' || !String(target).includes(MENUS))
          found.push(`${colorScheme}: ${help} – ${target}`)
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null })
  return found
}

/** Looks at one place after another; says at the end what was wrong where. */
function inspection(person: Person) {
  const found: [place: string, wrong: string[]][] = []
  return {
    look: async (place: string) => {
      found.push([place, await findings(person)])
    },
    expectNothing: () => expect(found.filter(([, wrong]) => wrong.length > 0)).toEqual([]),
  }
}

test('axe finds nothing wrong on any page, in both themes', async ({ browser }) => {
  test.setTimeout(240_000)
  const nora = await Person.open(browser)
  const { page } = nora
  const { look, expectNothing } = inspection(nora)
  await page.goto('/sign-in')
  await expect(page.getByRole('tab', { name: 'Sign in' })).toBeVisible()
  await look('signing in')
  await nora.createAccount('Nora')
  await expect(page.getByRole('heading', { name: 'No tunes yet' })).toBeVisible()
  await look('an empty library')
  await page.goto('/playlists')
  await expect(page.getByRole('heading', { name: 'No playlists yet' })).toBeVisible()
  await look('no playlists')
  await nora.newPlaylist('Session')
  await look('an empty playlist')
  await nora.addTune('The Kesh')
  await nora.addTune('Morrison’s')
  await nora.synced()
  await look('a playlist')
  await page.getByLabel('Add tune').fill('new')
  await expect(page.getByRole('option')).toBeVisible()
  await look('adding a tune')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'More for this playlist' }).click()
  await expect(page.getByRole('menuitem', { name: 'Rename' })).toBeVisible()
  await look('a menu')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Share' }).click()
  await page.getByRole('button', { name: 'Create link' }).click()
  await expect(page.getByLabel('Invite link')).toBeVisible()
  await look('sharing')
  await page.keyboard.press('Escape')
  await page.goto('/playlists')
  await expect(page.getByRole('main').getByRole('link', { name: /Session/ })).toBeVisible()
  await look('playlists')
  await page.goto('/library')
  await expect(page.getByRole('list', { name: 'Tunes' })).toBeVisible()
  await look('a library')
  await page.getByRole('button', { name: 'New tune' }).click()
  await page.getByRole('button', { name: 'Create tune' }).click()
  await expect(page.getByText('A tune needs a title.')).toBeVisible()
  await look('a new tune without a title')
  await page.keyboard.press('Escape')
  await page.getByRole('link', { name: /The Kesh/ }).click()
  await page.getByRole('button', { name: 'Add note' }).click()
  await page.getByLabel('Add tag').fill('slow')
  await page.getByLabel('Add tag').press('Enter')
  await expect(page.getByRole('list', { name: 'Tags' })).toBeVisible()
  await look('a tune')
  await page.getByRole('button', { name: 'Remove tag slow' }).click()
  await expect(
    page.getByRole('region', { name: /Notifications/ }).getByRole('button', { name: 'Undo' }),
  ).toBeVisible()
  await look('a message with Undo')
  for (const place of ['/settings', '/import', '/trash', '/nowhere']) {
    await page.goto(place)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await look(place)
  }
  expectNothing()
})

test('axe finds nothing wrong on a phone either', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora', {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  })
  const { look, expectNothing } = inspection(nora)
  await nora.newPlaylist('Session')
  await nora.addTune('The Kesh')
  await look('a playlist')
  await nora.page.getByRole('button', { name: 'Share' }).click()
  await expect(nora.page.getByRole('list', { name: 'Members' })).toBeVisible()
  await look('sharing')
  await nora.page.goto('/library')
  await expect(nora.page.getByRole('list', { name: 'Tunes' })).toBeVisible()
  await look('a library')
  expectNothing()
})

test('a dialog keeps the focus inside and gives it back', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora')
  const { page } = nora
  const opener = page.getByRole('button', { name: 'New tune' })
  await opener.focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('Title')).toBeFocused()
  for (let step = 0; step < 9; step++) {
    await page.keyboard.press('Tab')
    await expect(dialog.locator(':focus')).toHaveCount(1)
  }
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  await expect(opener).toBeFocused()
})

test('everything from a new tune to its trash is done without a pointer', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora')
  const { page } = nora
  await page.getByRole('button', { name: 'New tune' }).press('Enter')
  await page.keyboard.type('By Keyboard')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.keyboard.type('Jig')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('combobox', { name: 'Type' })).toHaveText('Jig')
  await page.getByRole('button', { name: 'Create tune' }).press('Enter')
  await expect(page.getByLabel('Title')).toHaveValue('By Keyboard')
  const menu = page.getByRole('button', { name: 'More for this tune' })
  await menu.press('Enter')
  await expect(page.getByRole('menuitem', { name: 'Move to trash' })).toBeFocused()
  await page.keyboard.press('Escape')
  await expect(menu).toBeFocused()
  await menu.press('Enter')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'No tunes yet' })).toBeVisible()
})

test('the first Tab leads past the navigation, and a new page begins at its heading', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora')
  const { page } = nora
  await page.goto('/library')
  await expect(page.getByRole('heading', { name: 'Library' })).toBeVisible()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('main')).toBeFocused()
  await page.getByRole('navigation').getByRole('link', { name: 'Settings' }).press('Enter')
  await expect(page.getByRole('heading', { name: 'Settings' })).toBeFocused()
})
