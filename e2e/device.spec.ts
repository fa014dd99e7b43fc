import { expect, Person, test } from './app.ts'

const PASSWORD = 'a long enough password'

test('a full device says so, the edit still reaches the server, and the warning goes when there is room', async ({
  browser,
}) => {
  const nell = await Person.newcomer(browser, 'Nell')
  await nell.newPlaylist('Full')
  await nell.addTune('Before')
  await nell.synced()
  // What Chromium does when a disk is full; it allows small writes too long for a test to fill one.
  await nell.page.evaluate(() => {
    const { add, put } = IDBObjectStore.prototype
    const refuse = () => {
      throw new DOMException('Full.', 'QuotaExceededError')
    }
    Object.assign(IDBObjectStore.prototype, { add: refuse, put: refuse })
    Object.assign(window, { makeRoom: () => Object.assign(IDBObjectStore.prototype, { add, put }) })
  })
  await nell.addTune('While full')
  await expect(nell.page.getByText('The storage of this device is full.').first()).toBeVisible()
  const other = await Person.signedIn(browser, { email: nell.email, password: PASSWORD })
  await other.openPlaylist('Full')
  await expect(other.row('While full')).toBeVisible()

  await nell.page.evaluate(() => Reflect.get(window, 'makeRoom')())
  await nell.addTune('With room again')
  await expect(nell.page.getByText('The storage of this device is full.')).toHaveCount(0)
  await nell.page.reload()
  for (const title of ['Before', 'While full', 'With room again']) await expect(nell.row(title)).toBeVisible()
})

test('a browser that stores nothing is told of, and everything works while the page is open', async ({
  browser,
}) => {
  const nell = await Person.open(browser)
  await nell.context.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('Storage is switched off.', 'SecurityError')
    }
  })
  await nell.page.goto('/sign-in')
  const email = await nell.createAccount('Nell')
  await expect(nell.page.getByRole('heading', { name: 'Library' })).toBeVisible()
  await expect(nell.page.getByText('This device does not store data').first()).toBeVisible()
  await nell.newTune('In memory')
  const other = await Person.signedIn(browser, { email, password: PASSWORD })
  await expect(other.page.getByText('In memory')).toBeVisible()
})

test('a session that ran out while offline keeps the edits, and sends them after signing in again', async ({
  browser,
}) => {
  const nell = await Person.newcomer(browser, 'Nell')
  await nell.newPlaylist('Away')
  await nell.addTune('Before')
  await nell.synced()
  const path = new URL(nell.page.url()).pathname
  await nell.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await nell.offline()
  nell.expectComplaint(/40[013] \(/)
  await nell.page.evaluate(() => {
    const session = JSON.parse(localStorage.getItem('segue-auth') ?? '{}')
    const lastWeek = Math.floor(Date.now() / 1000) - 7 * 86_400
    localStorage.setItem(
      'segue-auth',
      JSON.stringify({ ...session, expires_at: lastWeek, refresh_token: 'revoked meanwhile' }),
    )
  })
  await nell.page.goto(path)
  await nell.addTune('A week later')
  await nell.offline(false)
  await expect(nell.page.getByText(/Sign in again/).first()).toBeVisible({ timeout: 30_000 })
  await expect(nell.row('A week later')).toBeVisible()
  await nell.signIn({ email: nell.email, password: PASSWORD })
  await nell.synced()
  const other = await Person.signedIn(browser, { email: nell.email, password: PASSWORD })
  await other.openPlaylist('Away')
  await expect(other.row('A week later')).toBeVisible()
})

test('the next person on a device sees and sends nothing of the one before', async ({ browser }) => {
  const nell = await Person.newcomer(browser, 'Nell')
  await nell.newPlaylist('Mine alone')
  await nell.synced()
  await nell.offline()
  await nell.addTune('Unsent')
  await nell.page.goto('/settings')
  await nell.page.getByRole('button', { name: 'Sign out' }).click()
  await expect(nell.page.getByText(/edits? of yours ha(s|ve) not reached the server/)).toBeVisible()
  await nell.page.getByRole('button', { name: 'Sign out anyway' }).click()
  await expect(nell.page.getByRole('heading', { name: 'Library' })).toHaveCount(0)
  await nell.offline(false)
  const pat = await Person.newcomer(browser, 'Pat')
  await nell.signIn({ email: pat.email, password: PASSWORD })
  await nell.synced()
  await nell.page.goto('/playlists')
  await expect(nell.page.getByText('Mine alone')).toHaveCount(0)
  const nellElsewhere = await Person.signedIn(browser, { email: nell.email, password: PASSWORD })
  await nellElsewhere.openPlaylist('Mine alone')
  await expect(nellElsewhere.row('Unsent')).toHaveCount(0)

  await nell.page.goto('/settings')
  await nell.page.getByRole('button', { name: 'Sign out' }).click()
  await nell.signIn({ email: nell.email, password: PASSWORD })
  await expect(nellElsewhere.row('Unsent')).toBeVisible({ timeout: 30_000 })
})
