import { AOIFE, expect, Person, test } from './app.ts'

test('a wrong password is told, the right one opens the library, and a reload keeps it open', async ({
  browser,
}) => {
  const aoife = await Person.open(browser)
  aoife.expectComplaint(/400 \(Bad Request\)/)
  await aoife.page.goto('/sign-in')
  await aoife.page.getByLabel('E-mail').fill(AOIFE.email)
  await aoife.page.getByLabel('Password').fill('not this one')
  await aoife.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(aoife.page.getByRole('alert')).toContainText('do not belong together')
  await aoife.page.getByLabel('Password').fill(AOIFE.password)
  await aoife.page.getByLabel('Password').press('Enter')
  await expect(aoife.page.getByRole('heading', { name: 'Library' })).toBeVisible()
  await aoife.page.reload()
  await expect(aoife.page.getByRole('heading', { name: 'Library' })).toBeVisible()
})

test('a page asked for before signing in opens after it', async ({ browser }) => {
  const somebody = await Person.open(browser)
  await somebody.page.goto('/settings')
  await expect(somebody.page).toHaveURL(/\/sign-in/)
  await somebody.createAccount('Nora')
  await expect(somebody.page.getByRole('heading', { name: 'Settings' })).toBeVisible()
})

test('a link sent by mail signs in', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora')
  await nora.page.goto('/settings')
  await nora.page.getByRole('button', { name: 'Sign out' }).click()
  await nora.page.getByRole('tab', { name: 'By mail' }).click()
  await nora.page.getByLabel('E-mail').fill(nora.email)
  await nora.page.getByRole('button', { name: 'Send sign-in link' }).click()
  await expect(nora.page.getByText('Check your mailbox')).toBeVisible()
  await nora.page.getByRole('link', { name: 'Open the mailbox of this computer' }).click()
  const mail = nora.page.getByRole('article').filter({ hasText: nora.email })
  await mail.first().getByRole('link').first().click()
  await expect(nora.page.getByRole('heading', { name: 'Library' })).toBeVisible()
  await nora.synced()
})

test('an address that has an account already is told so', async ({ browser }) => {
  const first = await Person.newcomer(browser, 'Oisin')
  const second = await Person.open(browser)
  second.expectComplaint(/4\d\d \(/)
  await second.page.goto('/sign-in')
  await second.page.getByRole('tab', { name: 'Create account' }).click()
  await second.page.getByLabel('Your name').fill('Somebody')
  await second.page.getByLabel('E-mail').fill(first.email)
  await second.page.getByLabel('Password').fill('a long enough password')
  await second.page.getByRole('button', { name: 'Create account' }).click()
  await expect(second.page.getByRole('alert')).toContainText('an account with this address already')
})

test('tunes kept without an account come along into one, with their lists, notes and tags', async ({
  browser,
}) => {
  const somebody = await Person.open(browser)
  await somebody.page.goto('/')
  await somebody.page.getByRole('button', { name: 'Use without an account' }).click()
  await somebody.newTune('The Orphan')
  await somebody.page.getByLabel('Add tag').fill('Kitchen')
  await somebody.page.getByLabel('Add tag').press('Enter')
  await somebody.page.getByRole('button', { name: 'Add note' }).click()
  await somebody.page.getByLabel('Note by You').fill('From Nell, slowly.')
  await somebody.newPlaylist('At home')
  await somebody.addTune('The Monk')

  await somebody.page.goto('/sign-in')
  await somebody.createAccount('Pia')
  await somebody.page.getByRole('button', { name: 'Bring them in' }).click()
  const tunes = somebody.page.getByRole('list', { name: 'Tunes' })
  await expect(tunes.getByRole('listitem')).toHaveCount(2)
  await somebody.synced()
  await tunes.getByRole('link', { name: /The Orphan/ }).click()
  await expect(somebody.page.getByLabel('Note by You')).toHaveText('From Nell, slowly.')
  await expect(somebody.page.getByRole('list', { name: 'Tags' })).toContainText('kitchen')
  await somebody.openPlaylist('At home')
  await expect(somebody.row('The Monk')).toBeVisible()
})
