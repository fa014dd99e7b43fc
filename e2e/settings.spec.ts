import { AOIFE, expect, Person, test } from './app.ts'
import { bendImage, damageImage, imageHas } from './stored-image.ts'

test('the database is compared with the data, and matches it', async ({ browser }) => {
  const aoife = await Person.signedIn(browser, AOIFE)
  await aoife.synced()
  await aoife.mirrorIsExact()
})

test('a name is changed, and members of a list see the new one', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora')
  await nora.page.goto('/settings')
  await nora.page.getByLabel('Your name').fill('Nora B.')
  await nora.page.getByRole('button', { name: 'Save name' }).click()
  await expect(nora.page.getByText('Your name is saved.').first()).toBeVisible()
  await nora.newPlaylist('Mine')
  await nora.page.getByRole('button', { name: 'Share' }).click()
  await expect(nora.page.getByRole('list', { name: 'Members' })).toContainText('Nora B.')
})

test('the theme is chosen, at once and for the next visit', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora', { colorScheme: 'light' })
  const html = nora.page.locator('html')
  await nora.page.goto('/settings')
  await nora.page.getByRole('button', { name: 'Dark' }).click()
  await expect(html).toHaveAttribute('data-theme', 'dark')
  await nora.page.reload()
  await expect(html).toHaveAttribute('data-theme', 'dark')
  await nora.page.getByRole('button', { name: 'System' }).click()
  await expect(html).not.toHaveAttribute('data-theme', 'dark')
})

test('the status says what waits, and that it was sent', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora')
  await nora.newPlaylist('Waiting')
  await nora.synced()
  await nora.offline()
  await nora.addTune('Not sent yet')
  await expect(nora.status).toContainText('Offline · 2 edits waiting')
  await nora.status.getByRole('button').click()
  await expect(nora.page.getByText('travels when you are online again')).toBeVisible()
  await nora.page.keyboard.press('Escape')
  await nora.offline(false)
  await nora.synced()
})

test('signing out closes the library, and the next person does not see it', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora')
  await nora.newTune('Only mine')
  await nora.synced()
  await nora.page.goto('/settings')
  await nora.page.getByRole('button', { name: 'Sign out' }).click()
  await expect(nora.page.getByRole('button', { name: 'Use without an account' })).toBeVisible()
  await nora.createAccount('Next')
  await expect(nora.page.getByRole('heading', { name: 'No tunes yet' })).toBeVisible()
  await nora.page.goto('/nowhere/at/all')
  await expect(nora.page.getByRole('heading', { name: 'Page not found' })).toBeVisible()
})

test('a database that says something else than the data is found out, and made anew', async ({ browser }) => {
  const person = await Person.open(browser)
  const { page } = person
  await page.goto('/')
  await page.getByRole('button', { name: 'Use without an account' }).click()
  await expect(page.getByRole('heading', { name: 'Library' })).toBeVisible()
  await person.newTune('Morning Dew')
  await expect.poll(() => imageHas(page, 'Morning Dew'), { timeout: 30_000 }).toBe(true)
  expect(await bendImage(page, 'Morning Dew', 'Morning Fog')).toBe(true)
  await page.goto('/library')
  const tunes = page.getByRole('list', { name: 'Tunes' }).getByRole('listitem')
  await expect(tunes).toHaveAccessibleName('Morning Fog')

  await page.getByRole('link', { name: 'Settings' }).first().click()
  await page.getByRole('button', { name: 'Check database' }).click()
  await expect(page.getByText('1 row differs from your data.')).toBeVisible()
  await page.getByRole('button', { name: 'Rebuild' }).click()
  await expect(page.getByText('The database matches your data: 1 row compared.')).toBeVisible()
  await page.getByRole('link', { name: 'Library' }).first().click()
  await expect(tunes).toHaveAccessibleName('Morning Dew')
})

test('a database that is damaged is made anew before anybody sees it', async ({ browser }) => {
  const person = await Person.open(browser)
  const { page } = person
  await page.goto('/')
  await page.getByRole('button', { name: 'Use without an account' }).click()
  await page.goto('/import')
  const titles = Array.from({ length: 300 }, (_, index) => `${index + 1},Tune ${index + 1}`)
  const buffer = Buffer.from(`id,title\n${titles.join('\n')}\n`)
  await page.getByLabel('Files to import').setInputFiles({ name: 'tunes.csv', mimeType: 'text/csv', buffer })
  await page.getByRole('button', { name: 'Import 300 rows' }).click()
  await expect(page.getByRole('link', { name: 'Open the library' })).toBeVisible()
  await person.newTune('Morning Dew')
  const [id = ''] = new URL(page.url()).pathname.split('/').slice(-1)
  await expect.poll(() => imageHas(page, 'Morning Dew'), { timeout: 30_000 }).toBe(true)

  person.expectComplaint(/the image of the database was damaged/)
  expect(await damageImage(page, id)).toBe(true)
  const told = page.waitForEvent('console', (message) => message.text().includes('was damaged'))
  await page.goto('/library')
  await told
  const tunes = page.getByRole('list', { name: 'Tunes' }).getByRole('listitem')
  await expect(tunes.first()).toHaveAccessibleName('Morning Dew')
  await expect(page.getByText('301 tunes', { exact: true })).toBeVisible()
  await expect(page.getByRole('alert')).toHaveCount(0)
})
