import { readFile } from 'node:fs/promises'
import AxeBuilder from '@axe-core/playwright'
import initSqlJs from 'sql.js'
import { AOIFE, expect, Person, test } from './app.ts'

test('whoever knows SQL asks the mirror, sees its plan, and takes result and database along', async ({
  browser,
}) => {
  const aoife = await Person.signedIn(browser, AOIFE)
  const { page } = aoife
  await aoife.synced()
  await page.goto('/settings')
  await page.getByRole('link', { name: 'Ask it in SQL' }).click()
  const query = page.getByRole('textbox', { name: 'Query' })
  const result = page.getByRole('region', { name: 'Result' })

  await query.fill('SELECT count(*) AS tunes FROM tune')
  await query.press('Control+Enter')
  await expect(page.getByRole('status').filter({ hasText: /^1 row in/ })).toBeVisible()
  const tunes = Number(await result.getByRole('cell').textContent())
  expect(tunes).toBeGreaterThan(1)

  await query.fill("SELECT title, NULL AS missing FROM tune WHERE title LIKE '%Kesh%' LIMIT 1")
  await page.getByRole('button', { name: 'Run' }).click()
  await expect(result.getByRole('columnheader')).toHaveText(['title', 'missing'])
  await expect(result.getByRole('cell')).toHaveText([/Kesh/, 'NULL'])
  const csv = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save as CSV' }).click()
  expect(await readFile(await (await csv).path(), 'utf8')).toMatch(/^title,missing\r\n.*Kesh.*,$/)

  await page.getByRole('button', { name: 'Plan' }).click()
  await expect(page.getByRole('list', { name: 'Plan' })).toContainText('SCAN tune')

  await query.fill('DELETE FROM tune')
  await query.press('Control+Enter')
  await expect(page.getByRole('alert')).toContainText('read-only')
  await query.fill('SELECT nonsense FROM tune')
  await query.press('Control+Enter')
  await expect(page.getByRole('alert')).toContainText('no such column: nonsense')

  await page.getByRole('button', { name: 'Look into playlist', exact: true }).click()
  await expect(result.getByRole('columnheader', { name: 'name' })).toBeVisible()
  await page.getByRole('button', { name: 'playlist_tune', exact: true }).click()
  await expect(page.getByRole('list', { name: 'Columns of playlist_tune' })).toContainText('position')
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map(({ help }) => help)).toEqual([])
  }
  await page.reload()
  await page.getByRole('button', { name: /SELECT count/ }).click()
  await expect(result.getByRole('cell')).toHaveText(String(tunes))

  const file = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Save database' }).click()
  expect((await file).suggestedFilename()).toMatch(/^segue-\d{4}-\d\d-\d\d\.sqlite$/)
  const { Database } = await initSqlJs()
  const database = new Database(await readFile(await (await file).path()))
  expect(database.exec('SELECT count(*) FROM tune')[0]?.values).toEqual([[tunes]])
  database.close()
})
