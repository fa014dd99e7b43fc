import { loadavg } from 'node:os'
import type { BrowserContext, Page } from '@playwright/test'
import { Person, expect as soon, test } from './app.ts'
import { type FrameTimes, frameTimesOf, recordFrames } from './frame-times.ts'
import { forgetImage, imageHas } from './stored-image.ts'

// A trace takes snapshots of the page, which would be measured with it.
test.use({ trace: 'off' })

const TUNES = Number(process.env.SEGUE_TUNES ?? 3000)
/** How long anything may take, in ms, on a busy machine. */
const PATIENCE = 20_000 + TUNES * 8
const expect = soon.configure({ timeout: PATIENCE })

const TYPES = ['reel', 'jig', 'hornpipe', 'waltz']
const MODES = ['D major', 'G major', 'A dorian', 'E minor', 'B minor']
const PLACES = ['Meadow', 'Bridge', 'Mill', 'Harbour', 'Orchard', 'Lantern', 'Kettle']
const from = (words: readonly string[], index: number) => words[index % words.length] ?? ''

/** In order of their names. */
const title = (index: number) => `No ${String(index + 1).padStart(6, '0')}, The ${from(PLACES, index)}`
const count = TUNES.toLocaleString('en')

function library() {
  const rows = Array.from(
    { length: TUNES },
    (_, index) => `${index + 1},"${title(index)}",${from(TYPES, index)},${from(MODES, index)}`,
  )
  const buffer = Buffer.from(`id,title,type,mode\n${rows.join('\n')}\n`)
  return { name: 'library.csv', mimeType: 'text/csv', buffer }
}

/** Notes in every page of a browser profile when the first tunes of a list are on the screen. */
const noteFirstRows = (context: BrowserContext) =>
  context.addInitScript(() => {
    const observer = new MutationObserver(() => {
      if (!document.querySelector('[aria-label="Tunes"] > li')) return
      observer.disconnect()
      requestAnimationFrame(() => performance.mark('first rows'))
    })
    observer.observe(document, { childList: true, subtree: true })
  })

/** When that was, in ms since the page was asked for. */
const firstRows = (page: Page): Promise<number> =>
  page.evaluate(() => Math.round(performance.getEntriesByName('first rows')[0]?.startTime ?? Number.NaN))

test('a library of very many tunes is scrolled, sorted, searched and edited, and opens again from its image', async ({
  browser,
}) => {
  test.setTimeout(4 * PATIENCE)
  const person = await Person.open(browser)
  await recordFrames(person.context)
  await noteFirstRows(person.context)
  const { page } = person
  const steps: Record<string, FrameTimes> = {}
  const step = async (name: string, work: () => Promise<unknown>) => {
    steps[name] = await frameTimesOf(page, work)
  }
  const tunes = page.getByRole('list', { name: 'Tunes' }).getByRole('listitem')
  const search = page.getByLabel('Search tunes')
  const all = page.getByText(`${count} tunes`, { exact: true })

  await page.goto('/')
  await page.getByRole('button', { name: 'Use without an account' }).click()
  await page.goto('/import')
  const ready = page.getByRole('button', { name: `Import ${count} rows` })
  await step('read', async () => {
    await page.getByLabel('Files to import').setInputFiles(library())
    // A refusal shows at once.
    await expect(ready.or(page.getByRole('alert'))).toBeVisible()
    await soon(ready).toBeEnabled()
  })
  const open = page.getByRole('link', { name: 'Open the library' })
  await step('import', async () => {
    await ready.click()
    await expect(open).toBeVisible()
  })

  await step('open', async () => {
    await open.click()
    await expect(tunes.first()).toHaveAccessibleName(title(0))
    await expect(all).toBeVisible()
  })

  await step('scroll', async () => {
    await page.mouse.move(600, 400)
    for (let turn = 0; turn < 60; turn++) await page.mouse.wheel(0, 400)
    await expect(tunes.first()).not.toHaveAccessibleName(title(0))
    await page.keyboard.press('End')
    await expect(tunes.last()).toHaveAccessibleName(title(TUNES - 1))
    await page.keyboard.press('Home')
    await expect(tunes.first()).toHaveAccessibleName(title(0))
  })

  const sortBy = async (order: string) => {
    await page.getByRole('combobox', { name: 'Sort by' }).click()
    await page.getByRole('option', { name: order, exact: true }).click()
  }
  await step('sort', async () => {
    await sortBy('Type')
    await expect(tunes.first()).toHaveAccessibleName(title(TYPES.indexOf('hornpipe')))
    await sortBy('Key and mode')
    await expect(tunes.first()).toHaveAccessibleName(title(MODES.indexOf('A dorian')))
    await sortBy('Title')
    await expect(tunes.first()).toHaveAccessibleName(title(0))
  })

  const find = async (index: number) => {
    await search.pressSequentially(String(index + 1).padStart(6, '0'), { delay: 60 })
    await expect(tunes).toHaveCount(1)
    await expect(tunes).toHaveAccessibleName(title(index))
  }
  /** The names of the steps end in what happens before. */
  const rename = async (name: string, when = '') => {
    await step(`tune${when}`, async () => {
      await tunes.getByRole('link').click()
      await expect(page.getByLabel('Title')).toBeVisible()
    })
    await step(`edit${when}`, async () => {
      await page.getByLabel('Title').fill(name)
      await page.getByLabel('Title').press('Enter')
      await expect(page).toHaveTitle(`${name} · Segue`)
    })
    await step(`find${when}`, async () => {
      await page.getByRole('main').getByRole('link', { name: 'Library' }).click()
      await expect(all).toBeVisible()
      await search.fill(name)
      await expect(tunes).toHaveCount(1)
      await expect(tunes).toHaveAccessibleName(name)
    })
  }
  await step('search', () => find(Math.floor(TUNES / 2)))
  await rename('Aardvark in the Evening')
  await page.getByRole('button', { name: 'Clear search', exact: true }).click()
  await expect(tunes.first()).toHaveAccessibleName('Aardvark in the Evening')

  await expect.poll(() => imageHas(page, 'Aardvark in the Evening'), { intervals: [1000] }).toBe(true)
  await step('reload', async () => {
    await page.reload({ waitUntil: 'commit' })
    await expect(tunes.first()).toHaveAccessibleName('Aardvark in the Evening')
    await expect(all).toBeVisible()
  })
  const firstRowsMs = { withImage: await firstRows(page), withoutImage: Number.NaN }
  // As long as somebody may look before they edit.
  await step('readAhead', () => page.waitForTimeout(TUNES / 10))
  await step('searchAfterReload', () => find(1))
  await rename('Badger at the Gate', 'AfterReload')
  // What is stored by now is the edit, but not yet an image with it.
  await step('reloadAgain', async () => {
    await page.reload({ waitUntil: 'commit' })
    await expect(tunes).toHaveAccessibleName('Badger at the Gate')
  })
  await page.getByRole('button', { name: 'Clear search', exact: true }).click()
  await forgetImage(page)
  await step('reloadWithoutImage', async () => {
    await page.reload({ waitUntil: 'commit' })
    await expect(tunes.first()).toHaveAccessibleName('Aardvark in the Evening')
    await expect(all).toBeVisible()
  })
  firstRowsMs.withoutImage = await firstRows(page)

  process.stdout.write(`${JSON.stringify({ tunes: TUNES, load: loadavg(), firstRowsMs, steps })}\n`)
})
