import { expect, Person, test } from './app.ts'

test('a tune is written down, changed, found again, and the changes last', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora')
  const { page } = nora
  await nora.newTune('The Fermoy Lasses')
  await page.getByLabel('Title').fill('The Fermoy Lasses (reel)')
  await page.getByLabel('Title').press('Enter')
  await page.getByLabel('Type').click()
  await page.getByRole('option', { name: 'Reel', exact: true }).click()
  await page.getByLabel('Composer').fill('Trad.')
  await page.getByLabel('Composer').blur()
  await page.getByLabel('Year').fill('soon')
  await page.getByLabel('Year').blur()
  await expect(page.getByRole('alert')).toHaveText('Give the year in digits, like 1978.')
  await page.getByLabel('Year').fill('1924')
  await page.getByLabel('Year').blur()
  await nora.synced()
  await page.reload()
  await expect(page.getByLabel('Title')).toHaveValue('The Fermoy Lasses (reel)')
  await expect(page.getByLabel('Type')).toHaveText('Reel')
  await expect(page.getByLabel('Composer')).toHaveValue('Trad.')
  await expect(page.getByLabel('Year')).toHaveValue('1924')

  await nora.newTune('Cáit na gCnoc')
  await page.goto('/library')
  const tunes = page.getByRole('list', { name: 'Tunes' }).getByRole('listitem')
  await expect(tunes).toHaveCount(2)
  await page.getByLabel('Search tunes').fill('cait')
  await expect(tunes).toHaveText([/Cáit na gCnoc/])
  await page.getByLabel('Search tunes').fill('zzz')
  await expect(page.getByRole('heading', { name: 'No tune matches' })).toBeVisible()
  await page.getByRole('button', { name: 'Clear search and filters' }).click()
  await page.getByRole('combobox', { name: 'Type' }).click()
  await page.getByRole('option', { name: 'Reel', exact: true }).click()
  await expect(tunes).toHaveText([/The Fermoy Lasses/])
  await page.reload()
  await expect(tunes).toHaveText([/The Fermoy Lasses/])
})

test('a tune without a title is not made, and the field says why', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora')
  await nora.page.getByRole('button', { name: 'New tune' }).click()
  await nora.page.getByRole('button', { name: 'Create tune' }).click()
  await expect(nora.page.getByLabel('Title')).toHaveAttribute('aria-invalid', 'true')
  await expect(nora.page.getByLabel('Title')).toHaveAccessibleDescription('A tune needs a title.')
})

test('a removed tune waits in the trash and comes back with all it had', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora')
  const { page } = nora
  await nora.newTune('The Lost Reel')
  await page.getByLabel('Add tag').fill('Rare')
  await page.getByLabel('Add tag').press('Enter')
  await page.getByRole('button', { name: 'More for this tune' }).click()
  await page.getByRole('menuitem', { name: 'Move to trash' }).click()
  await expect(page.getByRole('heading', { name: 'No tunes yet' })).toBeVisible()
  await page.goto('/trash')
  await page.getByRole('button', { name: 'Restore The Lost Reel' }).click()
  await expect(page.getByRole('heading', { name: 'Nothing here' })).toBeVisible()
  await page.goto('/library')
  await page.getByRole('link', { name: /The Lost Reel/ }).click()
  await expect(page.getByRole('list', { name: 'Tags' })).toContainText('rare')
})

test('what was just removed comes back with Undo', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora')
  const { page } = nora
  await nora.newTune('Second Thoughts')
  await page.getByRole('button', { name: 'More for this tune' }).click()
  await page.getByRole('menuitem', { name: 'Move to trash' }).click()
  await page
    .getByRole('region', { name: /Notifications/ })
    .getByRole('button', { name: 'Undo' })
    .click()
  await expect(page.getByRole('link', { name: /Second Thoughts/ })).toBeVisible()
})

test('notes, references and tags are kept with their tune; a link that is none is refused', async ({
  browser,
}) => {
  const nora = await Person.newcomer(browser, 'Nora')
  const { page } = nora
  await nora.newTune('The Annotated')
  await page.getByRole('button', { name: 'Add note' }).click()
  await expect(page.getByLabel('Note by You')).toBeFocused()
  await page.keyboard.type('Twice through, then the jig.')
  await page.getByRole('button', { name: 'Add reference' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Web address').fill('javascript:alert(1)')
  await dialog.getByRole('button', { name: 'Add reference' }).click()
  await expect(dialog.getByRole('alert')).toContainText('web address')
  await dialog.getByLabel('Web address').fill('example.org/the-annotated')
  await dialog.getByLabel('Title').fill('How Nell played it')
  await dialog.getByRole('button', { name: 'Add reference' }).click()
  await expect(dialog).toBeHidden()
  for (const tag of ['Session', '  session ', 'Slow']) {
    await page.getByLabel('Add tag').fill(tag)
    await page.getByLabel('Add tag').press('Enter')
  }
  await nora.synced()
  await page.reload()
  await expect(page.getByLabel('Note by You')).toHaveText('Twice through, then the jig.')
  await expect(page.getByRole('link', { name: /How Nell played it/ })).toHaveAttribute(
    'href',
    'https://example.org/the-annotated',
  )
  await expect(page.getByRole('list', { name: 'Tags' }).getByRole('listitem')).toHaveText(['session', 'slow'])
  await page.getByRole('button', { name: 'Remove tag slow' }).click()
  await page.getByRole('button', { name: 'Remove reference How Nell played it' }).click()
  await expect(page.getByText('No recordings, scores or pages yet.')).toBeVisible()
  await expect(page.getByRole('list', { name: 'Tags' }).getByRole('listitem')).toHaveText(['session'])
})
