import type { Browser, Page } from '@playwright/test'
import { accept, expect, inviteLink, Person, test } from './app.ts'

const PASSWORD = 'a long enough password'

/** Nell with a list of one tune, and Pat who may edit it; both have it on the screen. */
async function sharedList(browser: Browser, list: string) {
  const nell = await Person.newcomer(browser, 'Nell')
  await nell.newPlaylist(list)
  await nell.addTune('The First Tune')
  const pat = await Person.newcomer(browser, 'Pat')
  await accept(pat, await inviteLink(nell, 'editor'))
  await expect(pat.row('The First Tune')).toBeVisible()
  await nell.synced()
  await pat.synced()
  return { nell, pat, path: new URL(pat.page.url()).pathname }
}

/** The panel's line on a list, reached from the status as a person would. */
async function openPanel(page: Page, list: string) {
  await page
    .getByRole('status')
    .filter({ hasText: /Synced|Offline|Syncing/ })
    .getByRole('button')
    .click()
  await page.getByRole('link', { name: 'Details' }).click()
  await expect(page.getByRole('heading', { name: 'Sync' })).toBeInViewport()
  return page.getByRole('list', { name: 'Sync by list' }).getByRole('listitem', { name: list })
}

async function share(person: Person) {
  await person.page.getByRole('button', { name: 'Share' }).click()
  const dialog = person.page.getByRole('dialog')
  await expect(dialog.getByRole('list', { name: 'Members' }).getByRole('listitem')).toHaveCount(2)
  return dialog
}

test('the panel says what waits while offline, and that it arrived, with the traffic it took', async ({
  browser,
}) => {
  const nell = await Person.newcomer(browser, 'Nell')
  await nell.newPlaylist('Panel')
  await nell.synced()
  await nell.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await nell.offline()
  await nell.addTune('Written offline')
  const line = await openPanel(nell.page, 'Panel')
  await expect(line).toContainText('1 edit waiting')
  await expect(line).toContainText('Not connected')
  await nell.offline(false)
  await expect(line).toContainText('Nothing waiting', { timeout: 30_000 })
  await expect(line).toContainText('Connected')
  await line.getByRole('button').click()
  await expect(line).toContainText(/Server confirmed an edit\s*At \d/)
  await expect(line).toContainText(/Sent to the server\s*\d+ edits?, [\d.]+ (bytes|KB)/)
})

test('a second tab that leaves the talking to the first can sync too, and says so', async ({ browser }) => {
  const nell = await Person.newcomer(browser, 'Nell')
  await nell.newPlaylist('Tabs')
  await nell.synced()
  const tab = await nell.context.newPage()
  await tab.goto('/settings')
  await expect(tab.getByText('Another tab of the app does the syncing for this one.')).toBeVisible()
  const line = tab.getByRole('list', { name: 'Sync by list' }).getByRole('listitem', { name: 'Tabs' })
  await expect(line).toContainText('Nothing waiting · Connected')
  await tab.getByRole('button', { name: 'Sync now' }).click()
  await expect(tab.getByText(/Last run at .*: Done, \d+ entr(y|ies) exchanged\./)).toBeVisible()
  await nell.page.goto('/settings')
  await expect(tab.getByText('This tab does the syncing for all tabs of the app.')).toBeVisible()
})

test('diagnostics tell how syncing stands, and nothing of whom or what', async ({ browser }) => {
  const nell = await Person.newcomer(browser, 'Nell')
  await nell.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await nell.newPlaylist('Nobody else’s business')
  await nell.addTune('A Secret Tune')
  await nell.synced()
  await nell.mirrorIsExact()
  await nell.page.getByRole('button', { name: 'Copy diagnostics' }).click()
  await expect(nell.page.getByRole('button', { name: 'Copied' })).toBeVisible()
  const text = await nell.page.evaluate(() => navigator.clipboard.readText())
  for (const secret of ['@', 'Nell', 'Secret', 'business', 'eyJ']) expect(text).not.toContain(secret)
  const told: unknown = JSON.parse(text)
  expect(told).toMatchObject({
    app: 'Segue',
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    userAgent: expect.stringContaining('Chrom'),
    leads: true,
    database: { rows: expect.any(Number), differing: {} },
    spaces: [{ epoch: 0, pending: 0, problems: [] }, { epoch: 0 }],
    storage: { usageBytes: expect.any(Number), persisted: expect.any(Boolean) },
  })
})

test('a member removed while looking is told within seconds, may edit no more, and the list goes', async ({
  browser,
}) => {
  const { nell, pat, path } = await sharedList(browser, 'Going')
  pat.expectComplaint(/403 \(Forbidden\)/)
  const dialog = await share(nell)
  await dialog.getByRole('button', { name: 'Remove Pat' }).click()
  await nell.page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  await expect(pat.page.getByText('You are no longer a member of “Going”')).toBeVisible({ timeout: 10_000 })
  await expect(pat.page.getByText('It is removed from this device when you leave this page.')).toBeVisible()
  await expect(pat.row('The First Tune')).toBeVisible()
  await expect(pat.page.getByLabel('Add tune')).toHaveCount(0)
  await expect(pat.page.getByRole('button', { name: /^(Reorder|Remove) / })).toHaveCount(0)
  await pat.page.getByRole('button', { name: 'Save a copy' }).click()
  await pat.page.reload()
  await expect(pat.page.getByRole('heading', { name: 'This playlist is not here' })).toBeVisible()
  await pat.page.goto('/library')
  await expect(pat.page.getByRole('link', { name: /The First Tune/ })).toBeVisible()
  await pat.page.goto(path)
  await expect(pat.row('The First Tune')).toHaveCount(0)
})

test('a list lost with unsent edits stays until the person has decided', async ({ browser }) => {
  const { nell, pat } = await sharedList(browser, 'Unsent')
  await pat.offline()
  await pat.addTune('Never sent')
  const dialog = await share(nell)
  await dialog.getByRole('button', { name: 'Remove Pat' }).click()
  await nell.page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  await expect(dialog.getByRole('listitem', { name: 'Pat' })).toHaveCount(0)
  pat.expectComplaint(/403 \(Forbidden\)/)
  await pat.offline(false)
  await expect(pat.page.getByText(/1 edit of yours never reached the others/)).toBeVisible({
    timeout: 30_000,
  })
  await pat.page.reload()
  await expect(pat.row('Never sent')).toBeVisible()
  await pat.page.goto('/playlists')
  await expect(pat.page.getByText('You are no longer a member of “Unsent”')).toBeVisible()
  await pat.page.getByRole('button', { name: 'Save a copy' }).click()
  await pat.page.getByRole('button', { name: 'Remove from this device' }).click()
  await pat.page.getByRole('alertdialog').getByRole('button', { name: 'Remove list' }).click()
  await expect(pat.page.getByRole('heading', { name: 'No playlists yet' })).toBeVisible()
  await pat.page.goto('/library')
  await expect(pat.page.getByRole('link', { name: /Never sent/ })).toBeVisible()
})

test('refused edits can be tried again, and go through once their author may edit', async ({ browser }) => {
  test.setTimeout(180_000)
  const { nell, pat } = await sharedList(browser, 'Refused')
  await pat.offline()
  await pat.addTune('Too late')
  const dialog = await share(nell)
  const role = dialog.getByRole('combobox', { name: 'Role of Pat' })
  await role.click()
  await nell.page.getByRole('option', { name: 'May look' }).click()
  await expect(role).toHaveText('May look')
  pat.expectComplaint(/403 \(Forbidden\)/)
  await pat.offline(false)
  const notice = pat.page.getByRole('alert').filter({ hasText: 'Your edits to this list were refused' })
  await expect(notice).toContainText('1 edit of yours is kept on this device only.', { timeout: 30_000 })
  await notice.getByRole('button', { name: 'Try again' }).click()
  await expect(notice.getByRole('button', { name: 'Try again' })).toBeEnabled()
  await expect(notice).toBeVisible()
  await notice.getByRole('button', { name: 'Save a copy' }).click()
  await expect(pat.page.getByText(/saved to your library/).first()).toBeVisible()

  await role.click()
  await nell.page.getByRole('option', { name: 'May edit' }).click()
  await expect(role).toHaveText('May edit')
  await notice.getByRole('button', { name: 'Try again' }).click()
  await expect(notice).toHaveCount(0)
  await nell.page.keyboard.press('Escape')
  await expect(nell.row('Too late')).toBeVisible()
})

test('a list is handed over: the member becomes its owner, and the owner an editor', async ({ browser }) => {
  test.setTimeout(180_000)
  const { nell, pat } = await sharedList(browser, 'Handed over')
  const dialog = await share(nell)
  const role = dialog.getByRole('combobox', { name: 'Role of Pat' })
  await role.click()
  await nell.page.getByRole('option', { name: 'Make owner…' }).click()
  await nell.page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click()
  await expect(role).toHaveText('May edit')
  await role.click()
  await nell.page.getByRole('option', { name: 'Make owner…' }).click()
  await nell.page.getByRole('alertdialog').getByRole('button', { name: 'Make owner' }).click()
  await expect(dialog.getByRole('listitem', { name: 'Pat' })).toContainText('Owner')
  await expect(dialog.getByRole('listitem', { name: 'Nell' })).toContainText('May edit')
  await expect(dialog.getByRole('button', { name: 'Delete for everybody' })).toHaveCount(0)
  await nell.page.keyboard.press('Escape')
  await expect(nell.page.getByRole('button', { name: 'People' })).toBeVisible()
  await nell.addTune('Still an editor')
  await expect(pat.row('Still an editor')).toBeVisible()
  await expect(pat.page.getByRole('button', { name: 'Share' })).toBeVisible({ timeout: 30_000 })
})

test('a list deleted by its owner is gone for the other, after saying so', async ({ browser }) => {
  const { nell, pat } = await sharedList(browser, 'Ended')
  pat.expectComplaint(/403 \(Forbidden\)/)
  const dialog = await share(nell)
  await dialog.getByRole('button', { name: 'Delete for everybody' }).click()
  const question = nell.page.getByRole('alertdialog')
  await expect(question).toContainText(
    'Pat is told, may save a copy of its tunes, and then no longer has it.',
  )
  await question.getByRole('button', { name: 'Delete for everybody' }).click()
  await expect(nell.page.getByRole('heading', { name: 'No playlists yet' })).toBeVisible()
  await expect(pat.page.getByText('You are no longer a member of “Ended”')).toBeVisible({ timeout: 10_000 })
  const menu = pat.page.getByRole('navigation', { name: 'Main' })
  await menu.getByRole('link', { name: 'Library' }).click()
  await menu.getByRole('link', { name: 'Playlists' }).click()
  await expect(pat.page.getByRole('heading', { name: 'No playlists yet' })).toBeVisible()
  await nell.synced()
  await pat.synced()
})

test('a new device never says that there is nothing while its tunes are on their way', async ({
  browser,
}) => {
  const nell = await Person.newcomer(browser, 'Nell')
  await nell.newTune('On its way')
  await nell.newPlaylist('Slow to come')
  await nell.addTune('Also on its way')
  await nell.synced()
  const phone = await Person.open(browser)
  let answer = () => {}
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  await phone.context.route(/\/rpc\/(read_snapshot|pull_log)/, async (route) => {
    await answered
    await route.continue()
  })
  await phone.signIn({ email: nell.email, password: PASSWORD })
  await expect(phone.page.getByRole('heading', { name: 'Loading your tunes' })).toBeVisible()
  await expect(phone.page.getByRole('heading', { name: 'No tunes yet' })).toHaveCount(0)
  await phone.page
    .getByRole('main')
    .or(phone.page.getByRole('navigation'))
    .getByRole('link', { name: 'Slow to come' })
    .first()
    .click()
  await expect(phone.page.getByRole('heading', { name: 'Loading this list' })).toBeVisible()
  answer()
  await expect(phone.row('Also on its way')).toBeVisible()
  await phone.page.goto('/library')
  await expect(phone.page.getByRole('link', { name: /On its way/ }).first()).toBeVisible()
})
