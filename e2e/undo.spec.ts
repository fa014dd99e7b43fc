import { accept, expect, inviteLink, Person, test } from './app.ts'

test('everybody takes back their own work, also after a reload, and nobody else’s', async ({ browser }) => {
  const nell = await Person.newcomer(browser, 'Nell')
  await nell.newPlaylist('Undone')
  await nell.addTune('The First Tune')
  const pat = await Person.newcomer(browser, 'Pat')
  await accept(pat, await inviteLink(nell, 'editor'))
  await expect(pat.row('The First Tune')).toBeVisible()

  await pat.addTune('The Second Tune')
  await expect(nell.row('The Second Tune')).toBeVisible()
  await nell.addTune('The Third Tune')
  await expect(pat.row('The Third Tune')).toBeVisible()

  // Pat’s last edit is older than Nell’s: only Pat’s own goes.
  await pat.page.locator('h1').first().click()
  await pat.page.keyboard.press('ControlOrMeta+z')
  await expect(pat.row('The Second Tune')).toBeHidden()
  await expect(nell.row('The Second Tune')).toBeHidden()
  await expect(nell.row('The Third Tune')).toBeVisible()
  await pat.page.getByRole('button', { name: 'Redo' }).click()
  await expect(nell.row('The Second Tune')).toBeVisible()

  await nell.page.getByRole('button', { name: 'Remove The First Tune' }).click()
  await expect(pat.row('The First Tune')).toBeHidden()
  await nell.page.reload()
  await expect(nell.row('The Third Tune')).toBeVisible()
  await nell.page.getByRole('button', { name: 'Undo', exact: true }).first().click()
  await expect(nell.row('The First Tune')).toBeVisible()
  await expect(pat.row('The First Tune')).toBeVisible()
  await nell.page.getByRole('button', { name: 'Undo', exact: true }).first().click()
  await expect(pat.row('The Third Tune')).toBeHidden()
  await expect(pat.row('The Second Tune')).toBeVisible()
})
