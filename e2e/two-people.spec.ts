import { AOIFE, accept, BRENDAN, expect, inviteLink, Person, test } from './app.ts'

test('an edit appears in the other window, and each sees the other there', async ({ browser }) => {
  const [aoife, brendan] = await Promise.all([
    Person.signedIn(browser, AOIFE),
    Person.signedIn(browser, BRENDAN),
  ])
  await Promise.all([aoife.openPlaylist('Thursday session'), brendan.openPlaylist('Thursday session')])
  await expect(aoife.page.getByRole('list', { name: 'Here now' }).getByLabel('Brendan')).toBeVisible()
  await expect(brendan.page.getByRole('list', { name: 'Here now' }).getByLabel('Aoife')).toBeVisible()
  const title = `Written live ${Date.now()}`
  await aoife.addTune(title)
  await expect(brendan.row(title)).toBeVisible({ timeout: 5_000 })
  await brendan.removeFromList(title)
  await expect(aoife.row(title)).toHaveCount(0, { timeout: 5_000 })
})

for (const firstBack of ['Aoife', 'Brendan'] as const) {
  test(`200 edits on both sides of a broken network merge when ${firstBack} comes back first`, async ({
    browser,
  }) => {
    test.setTimeout(240_000)
    const name = `Merged ${firstBack} ${Date.now()}`
    const aoife = await Person.signedIn(browser, AOIFE)
    const brendan = await Person.signedIn(browser, BRENDAN)
    await aoife.newPlaylist(name)
    for (const title of ['Alpha', 'Beta', 'Gamma', 'Delta', 'Epsilon']) await aoife.addTune(title)
    await aoife.synced()
    await accept(brendan, await inviteLink(aoife, 'editor'))
    await brendan.openPlaylist(name)
    await expect.poll(() => brendan.titles()).toEqual(await aoife.titles())
    const path = new URL(brendan.page.url()).pathname

    await aoife.offline()
    await brendan.offline()
    await Promise.all([editALot(aoife, 'A'), editALot(brendan, 'B')])
    await aoife.removeFromList('Gamma')
    await brendan.removeFromList('Delta')
    await expect(brendan.status).toContainText('Offline')

    // One side dies in the middle, and comes up again without a network.
    await brendan.page.waitForTimeout(500)
    await brendan.killAndReopen(path)
    await expect(brendan.row('B 9')).toBeVisible()

    const [first, second] = firstBack === 'Aoife' ? [aoife, brendan] : [brendan, aoife]
    await first.offline(false)
    await first.synced()
    await second.offline(false)
    await Promise.all([first.synced(), second.synced()])

    await expect
      .poll(async () => JSON.stringify(await aoife.titles()) === JSON.stringify(await brendan.titles()), {
        timeout: 20_000,
      })
      .toBe(true)
    const merged = await aoife.titles()
    expect(merged).toHaveLength(5 - 2 + 20)
    expect(merged).toEqual(expect.arrayContaining(['Alpha', 'Beta', 'Epsilon', 'A 0', 'A 9', 'B 0', 'B 9']))

    const newDevice = await Person.signedIn(browser, BRENDAN)
    await newDevice.openPlaylist(name)
    await expect.poll(() => newDevice.titles()).toEqual(merged)
    for (const person of [aoife, brendan, newDevice]) await person.mirrorIsExact()
  })
}

/** A hundred edits: ten new tunes and ninety moves. */
async function editALot(person: Person, letter: string): Promise<void> {
  for (let n = 0; n < 10; n++) {
    await person.addTune(`${letter} ${n}`)
    await person.move(`${letter} ${n}`, -(n % 5) - 1)
    await person.move('Alpha', n % 2 ? 3 : 2)
    await person.move('Epsilon', -3)
  }
}
