import { type Browser, type BrowserContext, expect, type Locator, type Page } from '@playwright/test'

/** The demo accounts that a first start makes; they share the playlist "Thursday session". */
export const AOIFE = { email: 'aoife@segue.example', password: 'tunes-and-tea', name: 'Aoife' }
export const BRENDAN = { email: 'brendan@segue.example', password: 'tunes-and-tea', name: 'Brendan' }

/** One person at one browser profile. */
export class Person {
  readonly context: BrowserContext
  page: Page

  private constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
  }

  /** Opens a fresh browser profile; whatever goes wrong in its pages fails the test that looks. */
  static async open(browser: Browser): Promise<Person> {
    const context = await browser.newContext()
    return new Person(context, await context.newPage())
  }

  static async signedIn(browser: Browser, account: { email: string; password: string }): Promise<Person> {
    const person = await Person.open(browser)
    await person.signIn(account)
    return person
  }

  /** Makes a new account through the app. */
  static async newcomer(browser: Browser, name: string): Promise<Person & { email: string }> {
    const person = await Person.open(browser)
    const email = `${name.toLowerCase()}-${Date.now()}@example.test`
    await person.page.goto('/sign-in')
    await person.page.getByRole('tab', { name: 'Create account' }).click()
    await person.page.getByLabel('Your name').fill(name)
    await person.page.getByLabel('E-mail').fill(email)
    await person.page.getByLabel('Password').fill('a long enough password')
    await person.page.getByRole('button', { name: 'Create account' }).click()
    await expect(person.page.getByRole('heading', { name: 'Library' })).toBeVisible()
    return Object.assign(person, { email })
  }

  async signIn({ email, password }: { email: string; password: string }): Promise<void> {
    await this.page.goto('/sign-in')
    await this.page.getByLabel('E-mail').fill(email)
    await this.page.getByLabel('Password').fill(password)
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await expect(this.page.getByRole('heading', { name: 'Library' })).toBeVisible()
  }

  get status(): Locator {
    return this.page
      .getByRole('status')
      .filter({ hasText: /Synced|Offline|Syncing|On this device only|refused|access|Sign in again/ })
      .first()
  }

  async synced(): Promise<void> {
    await expect(this.status).toContainText('Synced', { timeout: 30_000 })
  }

  async openPlaylist(name: string): Promise<void> {
    await this.page.goto('/playlists')
    await this.page
      .getByRole('main')
      .getByRole('link', { name: new RegExp(name) })
      .click()
    await expect(this.page.getByRole('heading', { name })).toBeVisible()
  }

  async newPlaylist(name: string): Promise<void> {
    await this.page.goto('/playlists')
    await this.page.getByRole('button', { name: 'New playlist' }).first().click()
    await this.page.getByRole('dialog').getByLabel('Name').fill(name)
    await this.page
      .getByRole('dialog')
      .getByRole('button', { name: /create/i })
      .click()
    await expect(this.page.getByRole('heading', { name })).toBeVisible()
  }

  /** Types a new title into the list's search box and creates it. */
  async addTune(title: string): Promise<void> {
    const box = this.page.getByLabel('Add tune')
    await box.fill(title)
    await this.page.getByRole('option', { name: `Create “${title}”` }).click()
    await expect(this.row(title)).toBeVisible()
  }

  row(title: string): Locator {
    return this.page
      .getByRole('list', { name: 'Tunes on this list' })
      .getByRole('listitem', { name: title, exact: true })
  }

  /** Titles on the open list, in order. */
  async titles(): Promise<string[]> {
    const rows = this.page.getByRole('list', { name: 'Tunes on this list' }).getByRole('listitem')
    return rows.evaluateAll((items) => items.map((item) => item.getAttribute('aria-label') ?? ''))
  }

  async removeFromList(title: string): Promise<void> {
    await this.page.getByRole('button', { name: `Remove ${title} from this list`, exact: true }).click()
    await expect(this.row(title)).toHaveCount(0)
  }

  /** Moves a tune by keyboard, one place for each step. */
  async move(title: string, steps: number): Promise<void> {
    const handle = this.page.getByRole('button', { name: `Reorder ${title}`, exact: true })
    for (let step = 0; step < Math.abs(steps); step++)
      await handle.press(steps > 0 ? 'Alt+ArrowDown' : 'Alt+ArrowUp')
  }

  async offline(offline = true): Promise<void> {
    await this.context.setOffline(offline)
  }

  /** Kills the page without a chance to say goodbye, and opens a new one. */
  async killAndReopen(path: string): Promise<void> {
    const cdp = await this.context.newCDPSession(this.page)
    const crashed = this.page.waitForEvent('crash')
    // The renderer dies before it could answer, so there is no answer to wait for.
    cdp.send('Page.crash').catch(() => undefined)
    await crashed
    const dead = this.page
    this.page = await this.context.newPage()
    await dead.close()
    await this.page.goto(path)
  }

  /** Rebuilds the mirror and says whether it had been exact. */
  async mirrorIsExact(): Promise<void> {
    await this.page.goto('/settings')
    await this.page.getByRole('button', { name: 'Rebuild mirror' }).click()
    await expect(this.page.getByText('It was exact: nothing differed.')).toBeVisible()
  }
}

/** Shares the open playlist with whoever gets the link. */
export async function inviteLink(owner: Person, role: 'editor' | 'viewer'): Promise<string> {
  await owner.page.getByRole('button', { name: 'Share' }).click()
  const dialog = owner.page.getByRole('dialog')
  if (role === 'viewer') {
    await dialog.getByLabel('Role').click()
    await owner.page.getByRole('option', { name: 'May look' }).click()
  }
  await dialog.getByRole('button', { name: 'Create link' }).click()
  const link = await dialog.getByLabel('Invite link').inputValue()
  await owner.page.keyboard.press('Escape')
  return new URL(link).pathname
}

export async function accept(guest: Person, link: string): Promise<void> {
  await guest.page.goto(link)
  await guest.page.getByRole('button', { name: /accept|join/i }).click()
}
