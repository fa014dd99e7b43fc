import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  test as base,
  expect,
  type Locator,
  type Page,
} from '@playwright/test'

export { expect }

/** The demo accounts that a first start makes; they share the playlist "Thursday session". */
export const AOIFE = { email: 'aoife@segue.example', password: 'tunes-and-tea', name: 'Aoife' }
export const BRENDAN = { email: 'brendan@segue.example', password: 'tunes-and-tea', name: 'Brendan' }

/** What a browser writes about a network that somebody has switched off. */
const NO_NETWORK =
  /net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|FAILED)|WebSocket connection|Failed to fetch/

/** What Chromium writes when a page takes its leave from a socket that was still on its way. */
const SOCKET_LEFT_EARLY = /WebSocket is closed before the connection is established/

const opened = new Set<Person>()

/** Playwright's `test`; at its end everybody's browser closes, and none may have complained. */
export const test = base.extend<{ everybodyGoesHome: undefined }>({
  everybodyGoesHome: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads which fixtures are wanted from the pattern
    async ({}, use) => {
      await use(undefined)
      const people = [...opened]
      opened.clear()
      await Promise.all(people.map((person) => person.context.close()))
      expect(people.flatMap((person) => person.complaints)).toEqual([])
    },
    { auto: true },
  ],
})

let accounts = 0

/** One person at one browser profile. */
export class Person {
  readonly context: BrowserContext
  /** Errors and warnings of the console that nobody expected. */
  readonly complaints: string[] = []
  page: Page
  readonly #expected: RegExp[] = [SOCKET_LEFT_EARLY]

  private constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
    context.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        this.#complain(`${message.type()}: ${message.text()} (${message.location().url})`)
    })
    context.on('weberror', (error) => this.#complain(error.error().stack ?? error.error().message))
    opened.add(this)
  }

  /** Opens a fresh browser profile; whatever goes wrong in its pages fails the test at its end. */
  static async open(browser: Browser, options: BrowserContextOptions = {}): Promise<Person> {
    const context = await browser.newContext(options)
    return new Person(context, await context.newPage())
  }

  /** What the console may say in this test, like the answer of a server that refuses. */
  expectComplaint(pattern: RegExp): void {
    this.#expected.push(pattern)
  }

  #complain(text: string): void {
    if (!this.#expected.some((pattern) => pattern.test(text))) this.complaints.push(text)
  }

  static async signedIn(browser: Browser, account: { email: string; password: string }): Promise<Person> {
    const person = await Person.open(browser)
    await person.signIn(account)
    return person
  }

  /** Makes a new account through the app. */
  static async newcomer(
    browser: Browser,
    name: string,
    options: BrowserContextOptions = {},
  ): Promise<Person & { email: string }> {
    const person = await Person.open(browser, options)
    await person.page.goto('/sign-in')
    const email = await person.createAccount(name)
    await expect(person.page.getByRole('heading', { name: 'Library' })).toBeVisible()
    return Object.assign(person, { email })
  }

  /** Fills the form on the sign-in page; where it leads is another matter. Gives the address. */
  async createAccount(name: string): Promise<string> {
    accounts += 1
    const email = `${name.toLowerCase()}-${Date.now()}-${accounts}@example.test`
    await this.page.getByRole('tab', { name: 'Create account' }).click()
    await this.page.getByLabel('Your name').fill(name)
    await this.page.getByLabel('E-mail').fill(email)
    await this.page.getByLabel('Password').fill('a long enough password')
    await this.page.getByRole('button', { name: 'Create account' }).click()
    return email
  }

  /** Writes down a tune in the library; its page is open afterwards. */
  async newTune(title: string): Promise<void> {
    await this.page.goto('/library')
    await this.page.getByRole('button', { name: 'New tune' }).click()
    await this.page.getByRole('dialog').getByLabel('Title').fill(title)
    await this.page.getByRole('dialog').getByRole('button', { name: 'Create tune' }).click()
    await expect(this.page.getByLabel('Title')).toHaveValue(title)
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
    this.expectComplaint(NO_NETWORK)
    await this.context.setOffline(offline)
  }

  /** Kills the page without a chance to say goodbye. */
  async kill(): Promise<void> {
    const cdp = await this.context.newCDPSession(this.page)
    const crashed = this.page.waitForEvent('crash')
    // The renderer dies before it could answer, so there is no answer to wait for.
    cdp.send('Page.crash').catch(() => undefined)
    await crashed
    await this.page.close()
  }

  /** Kills the page, and opens a new one. */
  async killAndReopen(path: string): Promise<void> {
    const next = await this.context.newPage()
    await this.kill()
    this.page = next
    await this.page.goto(path)
  }

  /** Compares the database with the documents. */
  async mirrorIsExact(): Promise<void> {
    await this.page.goto('/settings')
    await this.page.getByRole('button', { name: 'Check database' }).click()
    await expect(
      this.page.getByText(/^The database matches your data: [\d,]+ rows compared\.$/),
    ).toBeVisible()
  }
}

/** Shares the open playlist with whoever gets the link, or with an address. Gives the path of the link. */
export async function inviteLink(owner: Person, role: 'editor' | 'viewer', email = ''): Promise<string> {
  await owner.page.getByRole('button', { name: 'Share' }).click()
  const dialog = owner.page.getByRole('dialog')
  await dialog.getByLabel('E-mail').fill(email)
  if (role === 'viewer') {
    await dialog.getByLabel('Role', { exact: true }).click()
    await owner.page.getByRole('option', { name: 'May look' }).click()
  }
  await dialog.getByRole('button', { name: email ? 'Invite' : 'Create link', exact: true }).click()
  const link = await dialog.getByLabel('Invite link').inputValue()
  await owner.page.keyboard.press('Escape')
  return new URL(link).pathname
}

export async function accept(guest: Person, link: string): Promise<void> {
  await guest.page.goto(link)
  await guest.page.getByRole('button', { name: /accept|join/i }).click()
}
