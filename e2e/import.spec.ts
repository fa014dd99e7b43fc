import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, expect, type Locator, test } from '@playwright/test'
import { Person } from './app.ts'

const SAMPLES = join(import.meta.dirname, '../samples')
const CSV = readdirSync(join(SAMPLES, 'csv')).map((name) => join(SAMPLES, 'csv', name))
const file = (name: string, content: string | Buffer) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(content),
})
type Files = string | string[] | ReturnType<typeof file>

/** Somebody at the Import page. */
class Importer {
  readonly person: Person

  private constructor(person: Person) {
    this.person = person
  }

  static async newcomer(browser: Browser): Promise<Importer> {
    const importer = new Importer(await Person.newcomer(browser, 'Imogen'))
    await importer.open()
    return importer
  }

  static async withoutAccount(browser: Browser): Promise<Importer> {
    const importer = new Importer(await Person.open(browser))
    await importer.page.goto('/')
    await importer.page.getByRole('button', { name: 'Use without an account' }).click()
    await expect(importer.page.getByRole('heading', { name: 'Library' })).toBeVisible()
    await importer.open()
    return importer
  }

  get page() {
    return this.person.page
  }

  async open(): Promise<void> {
    await this.page.goto('/import')
  }

  async choose(files: Files): Promise<void> {
    await this.page.getByLabel('Files to import').setInputFiles(files)
  }

  /** What a list of counts says about one kind of thing. */
  count(list: 'What would come in' | 'What came in', kind: string): Locator {
    return this.page
      .getByRole('list', { name: list })
      .getByRole('listitem')
      .filter({ has: this.page.getByText(kind, { exact: true }) })
  }

  async go(): Promise<void> {
    await this.page.getByRole('button', { name: /^Import [\d,]+ rows?$/ }).click()
    await expect(this.page.getByRole('heading', { name: /^Imported: / })).toBeVisible()
  }
}

for (const [format, files, tunes] of [
  ['SQLite', join(SAMPLES, 'practice.sqlite'), 217],
  ['JSON', join(SAMPLES, 'practice.json'), 217],
  ['CSV', CSV, 217],
  ['ABC', join(SAMPLES, 'tunes.abc'), 220],
] as const) {
  test(`the ${format} sample comes in, and a second time changes nothing`, async ({ browser }) => {
    const importer = await Importer.withoutAccount(browser)
    const { page } = importer
    await importer.choose(typeof files === 'string' ? files : [...files])
    await expect(importer.count('What would come in', 'Tunes')).toContainText(`${tunes} new`)
    await importer.go()
    await expect(importer.count('What came in', 'Tunes')).toContainText(`${tunes} new`)
    await page.getByRole('link', { name: 'Open the library' }).click()
    await expect(page.getByText(`${tunes} tunes`)).toBeVisible()
    await page.getByRole('searchbox').fill('silver spear')
    await expect(page.getByRole('listitem').filter({ hasText: 'The Silver Spear' })).toContainText('D major')
    await importer.open()
    await importer.choose(typeof files === 'string' ? files : [...files])
    await expect(page.getByRole('heading', { name: 'Nothing new in these files' })).toBeVisible()
    await expect(importer.count('What would come in', 'Tunes')).toContainText(`${tunes} already here`)
    await expect(page.getByRole('button', { name: 'Import', exact: true })).toBeDisabled()
  })
}

test('a practice database is shown before it is written, comes in with its playlists, and reaches another device', async ({
  browser,
}) => {
  // Two devices and their first sync.
  test.slow()
  const importer = await Importer.newcomer(browser)
  const { page, person } = importer
  await importer.choose(join(SAMPLES, 'practice.sqlite'))
  await expect(page.getByRole('heading', { name: '1,015 rows would come in' })).toBeFocused()
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  const leftOut = page.getByRole('list', { name: /^Left out/ })
  await expect(leftOut).toContainText('belongs to tune 9001, which these files do not have')
  await expect(leftOut).toContainText('practice.sqlite, note, row 44, tune_ref')
  await expect(page.getByRole('list', { name: /^Good to know/ })).toContainText(
    'a day’s queue is worked out anew',
  )
  await importer.go()
  await page.getByRole('main').getByRole('link', { name: 'Kitchen fiddle' }).click()
  await expect(page.getByRole('list', { name: 'Tunes on this list' }).getByRole('listitem')).toHaveCount(60)
  // The second has an own version in the database: it is shared as “The Merry Blacksmith”.
  expect((await person.titles()).slice(0, 2)).toEqual(['The Silver Spear', 'The one from the wedding'])
  await person.synced()
  await person.mirrorIsExact()
  const phone = await Person.open(browser)
  await phone.signIn({
    email: 'email' in person ? String(person.email) : '',
    password: 'a long enough password',
  })
  await expect(phone.page.getByText('217 tunes')).toBeVisible({ timeout: 30_000 })
  await phone.openPlaylist('Ceilidh band')
  await expect(
    phone.page.getByRole('list', { name: 'Tunes on this list' }).getByRole('listitem'),
  ).toHaveCount(80)
})

test('what was edited or removed here stays so in the next import', async ({ browser }) => {
  const importer = await Importer.withoutAccount(browser)
  const { page } = importer
  const data = file('old.csv', 'id,title,type\n1,Kesh,jig\n2,Cooley,reel\n3,Banshee,reel\n')
  await importer.choose(data)
  await importer.go()
  await page.getByRole('link', { name: 'Open the library' }).click()
  await page.getByRole('link', { name: /Kesh/ }).first().click()
  await page.getByLabel('Title').fill('The Kesh Jig')
  await page.getByLabel('Title').press('Enter')
  await page.goto('/library')
  await page
    .getByRole('link', { name: /Cooley/ })
    .first()
    .click()
  await page.getByRole('button', { name: 'More for this tune' }).click()
  await page.getByRole('menuitem', { name: 'Move to trash' }).click()
  await importer.open()
  await importer.choose(data)
  await expect(importer.count('What would come in', 'Tunes')).toContainText(
    '2 already here · 1 in your trash',
  )
  await page.goto('/library')
  await expect(page.getByRole('link', { name: /The Kesh Jig/ }).first()).toBeVisible()
  await expect(page.getByText('2 tunes')).toBeVisible()
})

test('files that cannot be imported say why and what to do; the next file is taken', async ({ browser }) => {
  const importer = await Importer.withoutAccount(browser)
  const { page } = importer
  const broken = Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(5000, 7)])
  for (const [bad, says, action] of [
    [file('cut.json', '{"tune": [{"id": 1'), 'cut.json is not valid JSON', 'export it again'],
    [
      file('broken.sqlite', broken),
      'broken.sqlite is a SQLite database that cannot be read',
      'Make a fresh copy',
    ],
    [file('empty.csv', ''), 'empty.csv is empty', 'Export it again'],
    [
      file('letter.txt', 'Dear Aoife,'),
      'letter.txt is nothing that can be imported',
      'Choose a SQLite database',
    ],
    [file('quote.csv', 'title,type\n"Kesh,jig\n'), 'a quote that is never closed', 'Save it again as CSV'],
  ] as const) {
    await importer.choose(bad)
    await expect(page.getByRole('alert')).toContainText(says)
    await expect(page.getByRole('alert')).toContainText(action)
  }
  await importer.choose(file('good.csv', Buffer.from('title;type\nS\u00e9amus;jig\n', 'latin1')))
  await expect(page.getByRole('alert')).toHaveCount(0)
  await importer.go()
  await page.getByRole('link', { name: 'Open the library' }).click()
  await expect(page.getByRole('link', { name: /Séamus/ }).first()).toBeVisible()
})

test('a database of several people asks whose tunes; another database with the same ids is noticed', async ({
  browser,
}) => {
  const importer = await Importer.withoutAccount(browser)
  const { page } = importer
  const tables = (names: string[]) => ({
    user_profile: [
      { id: 1, name: 'Aoife' },
      { id: 2, name: 'Brendan' },
    ],
    tune: names.map((title, index) => ({ id: index + 1, title })),
    playlist: [
      { playlist_id: 1, user_ref: 1, name: 'Hers' },
      { playlist_id: 2, user_ref: 1, name: 'Hers too' },
      { playlist_id: 3, user_ref: 2, name: 'His' },
    ],
  })
  await importer.choose(file('band.json', JSON.stringify(tables(['A', 'B', 'C', 'D']))))
  await expect(page.getByText('Playlists: Hers, Hers too')).toBeVisible()
  await page.getByLabel('Whose tunes?').click()
  await page.getByRole('option', { name: /Brendan/ }).click()
  await expect(page.getByText('Playlists: His', { exact: true })).toBeVisible()
  await importer.go()
  await importer.open()
  await importer.choose(file('band.json', JSON.stringify(tables(['E', 'F', 'G', 'H']))))
  await expect(page.getByText('These come from another database than before')).toBeVisible()
  await expect(page.getByRole('button', { name: /^Import/ }).first()).toBeDisabled()
  await page.getByLabel('Name of this database').fill('other band')
  await page.getByRole('button', { name: 'Use this name' }).click()
  await expect(importer.count('What would come in', 'Tunes')).toContainText('4 new')
})

test('10,000 tunes come in while the page stays alive, and can be stopped and finished', async ({
  browser,
}) => {
  test.slow()
  const importer = await Importer.withoutAccount(browser)
  const { page } = importer
  const rows = Array.from({ length: 10_000 }, (_, index) => `${index + 1},Tune ${index + 1},reel,D major`)
  const large = file('large.csv', `id,title,type,mode\n${rows.join('\n')}\n`)
  await importer.choose(large)
  await page.getByRole('button', { name: 'Import 10,000 rows' }).click()
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(page.getByRole('heading', { name: /^Stopped: / })).toBeFocused()
  await importer.open()
  await importer.choose(large)
  await importer.go()
  await page.getByRole('link', { name: 'Open the library' }).click()
  await expect(page.getByText('10,000 tunes')).toBeVisible()
})
