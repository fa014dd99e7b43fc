import { expect, Person, test } from './app.ts'

async function withList(person: Person, name: string, titles: readonly string[]): Promise<void> {
  await person.newPlaylist(name)
  for (const title of titles) await person.addTune(title)
}

test('a playlist is made, renamed, filled from the library, deleted and restored', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora')
  const { page } = nora
  await nora.newTune('From the Library')
  await nora.newPlaylist('Draft')
  await page.getByRole('button', { name: 'More for this playlist' }).click()
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  const name = page.getByRole('dialog').getByLabel('Name')
  await expect(name).toHaveValue('Draft')
  await name.fill('Sunday set')
  await name.press('Enter')
  await expect(page.getByRole('heading', { name: 'Sunday set' })).toBeVisible()
  await page.getByLabel('Add tune').fill('library')
  await page.getByRole('option', { name: /From the Library/ }).click()
  await nora.addTune('Brand New')
  expect(await nora.titles()).toEqual(['From the Library', 'Brand New'])

  await page.getByRole('button', { name: 'More for this playlist' }).click()
  await page.getByRole('menuitem', { name: 'Delete playlist' }).click()
  await expect(page.getByRole('heading', { name: 'No playlists yet' })).toBeVisible()
  await page.goto('/trash')
  await page.getByRole('button', { name: 'Restore Sunday set' }).click()
  await nora.openPlaylist('Sunday set')
  expect(await nora.titles()).toEqual(['From the Library', 'Brand New'])
})

test('taking a tune off a list leaves it in the library, and Undo puts it back in its place', async ({
  browser,
}) => {
  const nora = await Person.newcomer(browser, 'Nora')
  await withList(nora, 'Set', ['One', 'Two', 'Three'])
  await nora.removeFromList('Two')
  await nora.page
    .getByRole('region', { name: /Notifications/ })
    .getByRole('button', { name: 'Undo' })
    .click()
  await expect.poll(() => nora.titles()).toEqual(['One', 'Two', 'Three'])
  await nora.removeFromList('Two')
  await nora.page.goto('/library')
  await expect(nora.page.getByRole('link', { name: /Two/ })).toBeVisible()
})

test('a tune is dragged to another place with the mouse, and stays there', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora')
  const { page } = nora
  await withList(nora, 'Set', ['One', 'Two', 'Three', 'Four'])
  const handle = page.getByRole('button', { name: 'Reorder One', exact: true })
  const from = await handle.boundingBox()
  const to = await nora.row('Three').boundingBox()
  if (!from || !to) throw new Error('The rows are not on the screen.')
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2)
  await page.mouse.down()
  await page.mouse.move(from.x + from.width / 2, from.y + from.height, { steps: 4 })
  // Rows that still glide to their new place take no notice; a hand that holds a row is never quite still.
  let steps = 12
  await expect
    .poll(async () => {
      await page.mouse.move(from.x + from.width / 2, to.y + to.height - 6 - (steps % 2), { steps })
      steps = steps === 1 ? 2 : 1
      return nora.titles()
    })
    .toEqual(['Two', 'Three', 'One', 'Four'])
  await page.mouse.up()
  await expect.poll(() => nora.titles()).toEqual(['Two', 'Three', 'One', 'Four'])
  await expect(page.getByTestId('announcer')).toHaveText(/One dropped, place 3 of 4/)
  await nora.synced()
  await page.reload()
  await expect.poll(() => nora.titles()).toEqual(['Two', 'Three', 'One', 'Four'])
})

test('a tune is moved by keyboard alone, and every step is spoken', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora')
  const { page } = nora
  await withList(nora, 'Set', ['One', 'Two', 'Three', 'Four'])
  const spoken = page.getByTestId('announcer')
  const handle = page.getByRole('button', { name: 'Reorder One', exact: true })
  await handle.press('Space')
  await expect(spoken).toHaveText(/One lifted, place 1 of 4/)
  await handle.press('ArrowDown')
  await expect(spoken).toHaveText('One, place 2 of 4.')
  await expect(handle).toBeFocused()
  await handle.press('ArrowDown')
  await handle.press('Escape')
  await expect(spoken).toHaveText(/Move cancelled/)
  await expect.poll(() => nora.titles()).toEqual(['One', 'Two', 'Three', 'Four'])
  await handle.press('Space')
  await handle.press('ArrowDown')
  await handle.press('Space')
  await expect(spoken).toHaveText('One dropped, place 2 of 4.')
  await expect.poll(() => nora.titles()).toEqual(['Two', 'One', 'Three', 'Four'])
  await expect(handle).toBeFocused()
  await nora.move('Four', -2)
  await expect.poll(() => nora.titles()).toEqual(['Two', 'Four', 'One', 'Three'])
})
