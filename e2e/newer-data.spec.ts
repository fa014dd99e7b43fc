import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import AxeBuilder from '@axe-core/playwright'
import { expect, Person, test } from './app.ts'

const PASSWORD = 'a long enough password'

const notice = (person: Person) =>
  person.page.getByRole('status').filter({ hasText: 'made by a newer version of the app' })

/** Lets a later version of the app write into a list. */
async function editWithNewerApp({ email, page }: Person & { email: string }): Promise<void> {
  const { origin, pathname } = new URL(page.url())
  const list = pathname.split('/').at(-1) ?? ''
  await promisify(execFile)('node', ['e2e/newer-app.ts', origin, email, PASSWORD, list])
}

test('a list with parts of a newer version says so, keeps them, and goes on working', async ({ browser }) => {
  const nell = await Person.newcomer(browser, 'Nell')
  await nell.newPlaylist('From the future')
  await nell.addTune('The First Tune')
  await nell.synced()
  await expect(notice(nell)).toHaveCount(0)

  await editWithNewerApp(nell)
  await expect(notice(nell)).toBeVisible({ timeout: 40_000 })
  await expect(notice(nell)).toHaveText(
    /This list has parts .*: they are kept, but not shown here. Reload to update/,
  )
  const { violations } = await new AxeBuilder({ page: nell.page }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])

  await nell.addTune('The Second Tune')
  await nell.synced()
  await notice(nell).getByRole('button', { name: 'Reload' }).press('Enter')
  await expect(nell.row('The Second Tune')).toBeVisible()
  await expect(notice(nell)).toBeVisible()

  await nell.page.goto('/library')
  await expect(nell.page.getByRole('heading', { name: 'Library' })).toBeVisible()
  await expect(notice(nell)).toHaveCount(0)
  await nell.mirrorIsExact()
})
