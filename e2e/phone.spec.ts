import { expect, Person, test } from './app.ts'

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
/** The smallest side of something to be tapped, in CSS pixels. */
const TOUCH = 44

/** Nothing sticks out sideways, and whatever can be tapped can be hit. */
async function fits({ page }: Person): Promise<void> {
  const wrong = await page.evaluate((touch) => {
    const found: string[] = []
    if (document.documentElement.scrollWidth > window.innerWidth) found.push('The page scrolls sideways.')
    for (const element of document.querySelectorAll('button, a, input:not([type=file]), [role=combobox]')) {
      const { width, height } = element.getBoundingClientRect()
      const style = getComputedStyle(element)
      const shown = width > 1 && height > 1 && style.visibility !== 'hidden'
      // Links inside a sentence are as tall as their line.
      const inText = style.display === 'inline'
      const waits = element.getAttribute('href') === '#content'
      if (shown && !inText && !waits && (height < touch - 0.5 || width < touch - 0.5))
        found.push(
          `${element.getAttribute('aria-label') ?? element.textContent?.trim()}: ${width} × ${height}`,
        )
    }
    return found
  }, TOUCH)
  expect(wrong).toEqual([])
}

test('on a phone every page fits, and everything is large enough for a finger', async ({ browser }) => {
  const nora = await Person.newcomer(browser, 'Nora', PHONE)
  const { page } = nora
  await fits(nora)
  await nora.newPlaylist('A list with a name that is much longer than any telephone has ever been wide')
  await nora.addTune(
    'The Humours of Somewhere Near Ballydesmond, in the setting of the old collectors (second)',
  )
  await nora.addTune('Supercalifragilisticexpialidocious'.repeat(2))
  await fits(nora)
  await page.getByRole('button', { name: 'Share' }).tap()
  await expect(page.getByRole('dialog').getByRole('list', { name: 'Members' })).toBeVisible()
  await fits(nora)
  await page.getByRole('button', { name: 'Close' }).tap()
  await page.getByRole('list', { name: 'Tunes on this list' }).getByRole('link').last().tap()
  await page.getByRole('button', { name: 'Add note' }).tap()
  await expect(page.getByLabel('Note by You')).toBeVisible()
  await fits(nora)
  for (const place of ['Library', 'Playlists', 'Import', 'Settings']) {
    await page.getByRole('navigation').getByRole('link', { name: place }).tap()
    await expect(page.getByRole('heading', { name: place, level: 1 })).toBeVisible()
    await fits(nora)
  }
  await page.getByRole('link', { name: 'Open the trash' }).tap()
  await expect(page.getByRole('heading', { name: 'Trash' })).toBeVisible()
  await fits(nora)
})
