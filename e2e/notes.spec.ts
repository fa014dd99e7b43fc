import AxeBuilder from '@axe-core/playwright'
import type { Locator } from '@playwright/test'
import { AOIFE, accept, BRENDAN, expect, inviteLink, Person, test } from './app.ts'

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

/** The note of a tune, once its editor has taken the plain field's place. */
function noteOf({ page }: Person): Locator {
  return page.getByRole('list', { name: 'Notes' }).getByRole('textbox', { name: /^Note by/ })
}

async function rich(person: Person): Promise<Locator> {
  const note = noteOf(person)
  await expect(note).toHaveAttribute('contenteditable', 'true')
  return note
}

/** Both at one new note of a tune on a list that they share. */
async function twoAtANote(
  aoife: Person,
  brendan: Person,
  role: 'editor' | 'viewer' = 'editor',
): Promise<void> {
  await aoife.newPlaylist(`Noted ${Date.now()}`)
  await aoife.addTune('The Kesh')
  await aoife.synced()
  await accept(brendan, await inviteLink(aoife, role))
  await expect(brendan.row('The Kesh')).toBeVisible()
  await aoife.row('The Kesh').getByRole('link').first().click()
  await aoife.page.getByRole('button', { name: 'Add note' }).click()
  await rich(aoife)
  await brendan.row('The Kesh').getByRole('link').first().click()
}

async function signedIn(browser: Parameters<typeof Person.signedIn>[0]): Promise<[Person, Person]> {
  return Promise.all([Person.signedIn(browser, AOIFE), Person.signedIn(browser, BRENDAN)])
}

test('two people write in one note at once, and each sees the other’s words and caret', async ({
  browser,
}) => {
  const [aoife, brendan] = await signedIn(browser)
  await twoAtANote(aoife, brendan)
  const [hers, his] = [await rich(aoife), await rich(brendan)]
  await hers.click()
  await aoife.page.keyboard.type('Slowly. ')
  await expect(his).toHaveText('Slowly. ')
  await his.click()
  await brendan.page.keyboard.press('Control+End')
  await Promise.all([
    (async () => {
      await aoife.page.keyboard.press('Control+Home')
      await aoife.page.keyboard.type('First part twice! ', { delay: 30 })
    })(),
    brendan.page.keyboard.type('Then the jig.', { delay: 30 }),
  ])
  for (const note of [hers, his]) await expect(note).toHaveText('First part twice! Slowly. Then the jig.')
  for (const [person, other] of [
    [aoife, 'Brendan'],
    [brendan, 'Aoife'],
  ] as const) {
    const caret = person.page.locator('.ql-cursor').filter({ hasText: other })
    await expect(caret).toHaveCount(1)
    await expect(caret.locator('.ql-cursor-caret')).toBeVisible()
  }
  // Whoever moves is named for a moment; whoever goes elsewhere is not here.
  await aoife.page.keyboard.press('ArrowRight')
  await expect(brendan.page.locator('.ql-cursor-flag').filter({ hasText: 'Aoife' })).toBeVisible()
  await aoife.page.getByLabel('Title').click()
  await expect(brendan.page.locator('.ql-cursor')).toHaveCount(0)
})

test('marks survive another’s typing, a reload and the way into the list’s preview', async ({ browser }) => {
  const [aoife, brendan] = await signedIn(browser)
  await twoAtANote(aoife, brendan)
  const [hers, his] = [await rich(aoife), await rich(brendan)]
  await hers.click()
  await aoife.page.keyboard.press('Control+b')
  await aoife.page.keyboard.type('Mind the turn')
  await aoife.page.keyboard.press('Control+b')
  await aoife.page.keyboard.press('Enter')
  await aoife.page.keyboard.type('- once')
  await expect(his.locator('li')).toHaveText('once')
  await his.click()
  await brendan.page.keyboard.press('Control+Home')
  for (let step = 0; step < 'Mind'.length; step++) await brendan.page.keyboard.press('ArrowRight')
  await brendan.page.keyboard.type(' well')
  await expect(hers.locator('strong')).toHaveText('Mind well the turn')
  await aoife.synced()
  await aoife.page.reload()
  await expect(noteOf(aoife).locator('strong')).toHaveText('Mind well the turn')
  await expect(noteOf(aoife).locator('li[data-list=bullet]')).toHaveText('once')
  await aoife.page
    .getByRole('main')
    .getByRole('link', { name: /^Noted/ })
    .first()
    .click()
  await expect(aoife.row('The Kesh')).toContainText('Mind well the turn')
})

test('what two people write while one is away merges on return, and undo leaves the other’s words', async ({
  browser,
}) => {
  const [aoife, brendan] = await signedIn(browser)
  await twoAtANote(aoife, brendan)
  const [hers, his] = [await rich(aoife), await rich(brendan)]
  await hers.click()
  await aoife.page.keyboard.type('middle')
  await expect(his).toHaveText('middle')
  await brendan.offline()
  await aoife.page.keyboard.press('Control+Home')
  await aoife.page.keyboard.type('start ')
  await his.click()
  await brendan.page.keyboard.press('Control+End')
  await brendan.page.keyboard.press('Control+b')
  await brendan.page.keyboard.type(' end')
  await expect(hers).toHaveText('start middle')
  await brendan.offline(false)
  for (const note of [hers, his]) {
    await expect(note).toHaveText('start middle end', { timeout: 30_000 })
    await expect(note.locator('strong')).toHaveText(' end')
  }
  // All that Aoife wrote goes, pause by pause; what Brendan wrote stays. Then it comes back.
  for (let step = 0; step < 12; step++) await aoife.page.keyboard.press('Control+z')
  for (const note of [hers, his]) await expect(note).toHaveText(' end')
  for (let step = 0; step < 12; step++) await aoife.page.keyboard.press('Control+y')
  for (const note of [hers, his]) await expect(note).toHaveText('start middle end')
})

test('whoever may only look reads a note with its marks, and is seen by nobody in it', async ({
  browser,
}) => {
  const [aoife, brendan] = await signedIn(browser)
  await twoAtANote(aoife, brendan, 'viewer')
  const hers = await rich(aoife)
  await hers.click()
  await aoife.page.keyboard.press('Control+i')
  await aoife.page.keyboard.type('Quietly')
  const his = brendan.page.getByRole('group', { name: 'Note by Aoife' })
  await expect(his.locator('em')).toHaveText('Quietly')
  await expect(his).toHaveAttribute('contenteditable', 'false')
  await expect(brendan.page.getByRole('toolbar')).toHaveCount(0)
  await his.click()
  await brendan.page.keyboard.type('not mine to say')
  await expect(his).toHaveText('Quietly')
})

test('a link leads to the web or into a mail; what is pasted brings words and marks, and nothing else', async ({
  browser,
}) => {
  const nora = await Person.newcomer(browser, 'Nora')
  const { page } = nora
  await nora.newTune('The Linked')
  await page.getByRole('button', { name: 'Add note' }).click()
  const note = await rich(nora)
  await note.click()
  await page.keyboard.type('the recording')
  await page.keyboard.press('Control+a')
  await page.getByRole('toolbar', { name: 'Formatting' }).getByRole('button', { name: 'Link' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Address').fill('javascript:alert(1)')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByRole('alert')).toContainText('web address')
  await dialog.getByLabel('Address').fill('example.org/kesh')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(note.getByRole('link')).toHaveAttribute('href', 'https://example.org/kesh')
  await note.click()
  await page.keyboard.press('Control+End')
  await page.keyboard.press('Enter')
  await note.evaluate((element) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData(
      'text/html',
      `<h1 style="color: red">Loud</h1><script>window.hit = 1</script><b onclick="window.hit = 1">bold</b>
       <img src="data:image/png;base64,AAAA" onerror="window.hit = 1"><a href="javascript:window.hit = 1">bad</a>
       <a href="https://example.org/good">good</a><iframe src="https://example.org"></iframe>
       <span class="foreign-embed">x</span><ul><li>one</li></ul>`,
    )
    clipboardData.setData('text/plain', 'Loud')
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  })
  await expect(note.locator('strong')).toHaveText('bold')
  await expect(note.getByRole('link')).toHaveText(['the recording', 'good'])
  await expect(note.locator('li')).toHaveText('one')
  await expect(note.locator('h1, img, iframe, script, .foreign-embed, [style], [onclick]')).toHaveCount(0)
  await expect(note).not.toContainText('window.hit')
  expect(await page.evaluate(() => 'hit' in window)).toBe(false)
})

test('the editor is all there for a keyboard, a screen reader and a finger', async ({ browser }) => {
  for (const options of [{}, PHONE]) {
    const nora = await Person.newcomer(browser, 'Nora', options)
    const { page } = nora
    await nora.newTune('The Accessible')
    await page.getByRole('button', { name: 'Add note' }).click()
    const note = await rich(nora)
    await expect(note).toBeFocused()
    await page.keyboard.type('one')
    const toolbar = page.getByRole('toolbar', { name: 'Formatting' })
    const bullet = toolbar.getByRole('button', { name: 'Bullet list' })
    await bullet.click()
    await expect(bullet).toHaveAttribute('aria-pressed', 'true')
    await expect(note).toBeFocused()
    await expect(note.locator('li')).toHaveText('one')
    if ('hasTouch' in options)
      for (const button of await toolbar.getByRole('button').all()) {
        const box = await button.boundingBox()
        expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44)
      }
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const { violations } = await new AxeBuilder({ page }).include('main').analyze()
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])).toEqual([])
    }
    // Tab leads out of the text to the tools, arrows lead along them, and Tab leads on.
    await page.keyboard.press('Tab')
    await expect(toolbar.getByRole('button', { name: 'Bold' })).toBeFocused()
    await page.keyboard.press('ArrowRight')
    await expect(toolbar.getByRole('button', { name: 'Italic' })).toBeFocused()
    await page.keyboard.press('Tab')
    await expect(page.getByRole('button', { name: 'Remove note' })).toBeFocused()
    await expect(toolbar).toBeHidden()
  }
})

test('what is typed before the editor is there stays, and the caret goes along', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora')
  const { page } = nora
  await nora.newTune('The Early')
  await page.getByRole('button', { name: 'Add note' }).click()
  await rich(nora)
  await nora.synced()
  let answer = () => {}
  const held = new Promise<void>((resolve) => {
    answer = resolve
  })
  // The service worker would answer first.
  await page.evaluate(async () => {
    for (const worker of await navigator.serviceWorker.getRegistrations()) await worker.unregister()
  })
  await page.route(/RichNote-.*\.js/, async (route) => {
    await held
    await route.continue()
  })
  await page.reload()
  const note = page.getByRole('textbox', { name: 'Note by You' })
  await expect(note).not.toHaveAttribute('contenteditable')
  await note.click()
  await page.keyboard.type('Eary bird')
  for (let step = 0; step < 'y bird'.length; step++) await page.keyboard.press('ArrowLeft')
  answer()
  await expect(note).toHaveAttribute('contenteditable', 'true')
  await expect(note).toBeFocused()
  await page.keyboard.type('l')
  await expect(note).toHaveText('Early bird')
})
