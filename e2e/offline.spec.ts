import { AOIFE, expect, Person, test } from './app.ts'

test('closed and opened again without a network, everything is there and can be edited', async ({
  browser,
}) => {
  const aoife = await Person.signedIn(browser, AOIFE)
  await aoife.synced()
  // The service worker has the whole app once it says so.
  await aoife.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined))
  await aoife.openPlaylist('Thursday session')
  const path = new URL(aoife.page.url()).pathname
  const before = await aoife.titles()
  await aoife.offline()
  await aoife.killAndReopen(path)
  await expect.poll(() => aoife.titles()).toEqual(before)
  const title = `Offline ${Date.now()}`
  await aoife.addTune(title)
  await expect(aoife.status).toContainText('Offline · ')
  await aoife.page.reload()
  await expect(aoife.row(title)).toBeVisible()
  await aoife.offline(false)
  await aoife.synced()
  const other = await Person.signedIn(browser, AOIFE)
  await other.openPlaylist('Thursday session')
  await expect(other.row(title)).toBeVisible()
  await other.removeFromList(title)
})

test('without an account everything works on the device and lasts', async ({ browser }) => {
  const somebody = await Person.open(browser)
  await somebody.page.goto('/')
  await somebody.page.getByRole('button', { name: 'Use without an account' }).click()
  await expect(somebody.status).toContainText('On this device only')
  await somebody.newPlaylist('Kitchen')
  await somebody.addTune('The Kettle Reel')
  await somebody.page.reload()
  await expect(somebody.row('The Kettle Reel')).toBeVisible()
})

test('two tabs of one browser see each other at once, without a network', async ({ browser }) => {
  const aoife = await Person.signedIn(browser, AOIFE)
  await aoife.openPlaylist('Thursday session')
  const path = new URL(aoife.page.url()).pathname
  const tab = await aoife.context.newPage()
  await tab.goto(path)
  await expect(tab.getByRole('heading', { name: 'Thursday session' })).toBeVisible()
  await aoife.offline()
  const title = `Between tabs ${Date.now()}`
  await aoife.addTune(title)
  await expect(tab.getByRole('listitem', { name: title, exact: true })).toBeVisible({ timeout: 3_000 })
  await aoife.removeFromList(title)
  await expect(tab.getByRole('listitem', { name: title, exact: true })).toHaveCount(0, { timeout: 3_000 })
})
