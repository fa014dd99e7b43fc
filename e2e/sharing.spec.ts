import type { Browser } from '@playwright/test'
import { accept, expect, inviteLink, Person, test } from './app.ts'

/** Somebody with a playlist of their own, open on the screen. */
async function owner(browser: Browser, list: string): Promise<Person> {
  const nell = await Person.newcomer(browser, 'Nell')
  await nell.newPlaylist(list)
  await nell.addTune('The First Tune')
  return nell
}

test('an invite by e-mail is found under Playlists and can be declined or accepted', async ({ browser }) => {
  const pat = await Person.newcomer(browser, 'Pat')
  const nell = await owner(browser, 'Ceili')
  await inviteLink(nell, 'editor', pat.email)
  await pat.page.goto('/playlists')
  await expect(pat.page.getByText('Nell shares “Ceili” with you')).toBeVisible()
  await pat.page.getByRole('button', { name: 'Decline' }).click()
  await expect(pat.page.getByText('Nell shares “Ceili” with you')).toBeHidden()

  await inviteLink(nell, 'editor', pat.email)
  await pat.page.reload()
  await pat.page.getByRole('button', { name: 'Accept' }).click()
  await expect(pat.row('The First Tune')).toBeVisible()
  await pat.addTune('The Second Tune')
  await expect(nell.row('The Second Tune')).toBeVisible()
})

test('a link works once: the second who opens it is told whom to ask', async ({ browser }) => {
  const nell = await owner(browser, 'Pub')
  const link = await inviteLink(nell, 'viewer')
  const pat = await Person.newcomer(browser, 'Pat')
  await accept(pat, link)
  await expect(pat.row('The First Tune')).toBeVisible()
  await expect(pat.page.getByText('View only')).toBeVisible()
  await expect(pat.page.getByLabel('Add tune')).toHaveCount(0)
  await expect(pat.page.getByRole('button', { name: /^(Reorder|Remove) / })).toHaveCount(0)

  const stranger = await Person.newcomer(browser, 'Stranger')
  await stranger.page.goto(link)
  await expect(stranger.page.getByText('This invite has been used')).toBeVisible()
  await expect(stranger.page.getByText('Ask Nell for a new one.')).toBeVisible()
  await pat.page.goto(link)
  await pat.page.getByRole('button', { name: 'Open the playlist' }).click()
  await expect(pat.row('The First Tune')).toBeVisible()
})

test("somebody else's invite does not open for a stranger, and one that does not exist says so", async ({
  browser,
}) => {
  const nell = await owner(browser, 'Private')
  const link = await inviteLink(nell, 'editor', `pat-${Date.now()}@example.test`)
  const stranger = await Person.newcomer(browser, 'Stranger')
  await stranger.page.goto(link)
  await expect(stranger.page.getByText('This invite is for another address')).toBeVisible()
  await expect(stranger.page.getByRole('button', { name: 'Accept invite' })).toHaveCount(0)
  stranger.expectComplaint(/404 \(/)
  await stranger.page.goto('/invite/no-such-token')
  await expect(stranger.page.getByText('There is no such invite')).toBeVisible()
})

test('an invite opened without an account leads through signing up to the list', async ({ browser }) => {
  const nell = await owner(browser, 'Welcome')
  const link = await inviteLink(nell, 'editor')
  const guest = await Person.open(browser)
  await guest.page.goto(link)
  await expect(guest.page.getByText('Somebody shares a playlist with you.')).toBeVisible()
  await guest.createAccount('Guest')
  await guest.page.getByRole('button', { name: 'Accept invite' }).click()
  await expect(guest.row('The First Tune')).toBeVisible()
})

test('edits of somebody who may only look by now are refused in sight, and lost only by choice', async ({
  browser,
}) => {
  const nell = await owner(browser, 'Changing')
  const pat = await Person.newcomer(browser, 'Pat')
  await accept(pat, await inviteLink(nell, 'editor'))
  await expect(pat.row('The First Tune')).toBeVisible()
  await pat.synced()

  await pat.offline()
  await pat.addTune('Written offline')
  await nell.page.getByRole('button', { name: 'Share' }).click()
  await nell.page.getByRole('combobox', { name: 'Role of Pat' }).click()
  await nell.page.getByRole('option', { name: 'May look' }).click()
  await expect(nell.page.getByRole('combobox', { name: 'Role of Pat' })).toHaveText('May look')
  await nell.page.keyboard.press('Escape')

  pat.expectComplaint(/403 \(Forbidden\)/)
  await pat.offline(false)
  await expect(pat.page.getByText('Your edits to this list were refused')).toBeVisible()
  await expect(pat.status).toContainText('Edits were refused')
  await expect(pat.row('Written offline')).toBeVisible()
  await pat.page.reload()
  await expect(pat.row('Written offline')).toBeVisible()
  await expect(nell.row('Written offline')).toHaveCount(0)
  await pat.page.getByRole('button', { name: 'Save a copy' }).click()
  await pat.page.getByRole('button', { name: 'Discard my edits' }).click()
  await pat.page.getByRole('alertdialog').getByRole('button', { name: 'Discard edits' }).click()
  await expect(pat.row('Written offline')).toHaveCount(0)
  await expect(pat.row('The First Tune')).toBeVisible()
  await pat.synced()
  await pat.page.goto('/library')
  await expect(pat.page.getByRole('link', { name: /Written offline/ })).toBeVisible()
  await expect(pat.page.getByRole('link', { name: /The First Tune/ })).toBeVisible()
})

test('who is removed is told, and keeps the list until they have read it; who leaves is gone from the list', async ({
  browser,
}) => {
  const nell = await owner(browser, 'Parting')
  const pat = await Person.newcomer(browser, 'Pat')
  const quin = await Person.newcomer(browser, 'Quin')
  await accept(pat, await inviteLink(nell, 'editor'))
  await expect(pat.row('The First Tune')).toBeVisible()
  await accept(quin, await inviteLink(nell, 'editor'))
  await expect(quin.row('The First Tune')).toBeVisible()

  await quin.page.getByRole('button', { name: 'More for this playlist' }).click()
  await quin.page.getByRole('menuitem', { name: 'Leave list' }).click()
  await quin.page.getByRole('alertdialog').getByRole('button', { name: 'Leave list' }).click()
  await expect(quin.page.getByRole('heading', { name: 'No playlists yet' })).toBeVisible()

  pat.expectComplaint(/403 \(Forbidden\)/)
  await nell.page.getByRole('button', { name: 'Share' }).click()
  const members = nell.page.getByRole('list', { name: 'Members' })
  await expect(members.getByRole('listitem')).toHaveCount(2)
  await members.getByRole('button', { name: 'Remove Pat' }).click()
  await nell.page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  await expect(members.getByRole('listitem')).toHaveCount(1)
  await expect(pat.page.getByText('You are no longer a member of “Parting”')).toBeVisible()
  await expect(pat.row('The First Tune')).toBeVisible()
  await pat.page.getByRole('button', { name: 'OK' }).click()
  await expect(pat.page.getByRole('heading', { name: 'No playlists yet' })).toBeVisible()
  await pat.synced()
})
