import type { Page } from '@playwright/test'

/** Where somebody without an account has the image of the database. */
const DATABASE = 'segue/local/image'

/** Whether it has a text; it is stored when nothing has changed for some seconds. */
export const imageHas = (page: Page, text: string): Promise<boolean> => withImage(page, { text })

/** Puts a text of the same length in the place of another: as on a device that has lost its way. */
export const bendImage = (page: Page, text: string, by: string): Promise<boolean> =>
  withImage(page, { text, by })

/** Makes every page of the file unreadable that a text is on, as on a disk that fails. */
export const damageImage = (page: Page, text: string): Promise<boolean> =>
  withImage(page, { text, damage: true })

export const forgetImage = (page: Page): Promise<void> =>
  page.evaluate(
    (name) =>
      new Promise((resolve, reject) => {
        const deleting = indexedDB.deleteDatabase(name)
        deleting.onerror = () => reject(deleting.error)
        deleting.onsuccess = () => resolve()
      }),
    DATABASE,
  )

interface Wanted {
  readonly text: string
  readonly by?: string
  readonly damage?: boolean
}

const withImage = (page: Page, wanted: Wanted): Promise<boolean> =>
  page.evaluate(
    async ({ name, text, by, damage }) => {
      const PAGE_BYTES = 4096
      const settled = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result)
          request.onerror = () => reject(request.error)
        })
      const database = await settled(indexedDB.open(name))
      try {
        const store = () => database.transaction('image', 'readwrite').objectStore('image')
        const head = await settled(store().get('head'))
        if (!head) return false
        const bytes = new Uint8Array(await head.file.arrayBuffer())
        const latin = new TextDecoder('latin1').decode(bytes)
        const at = latin.indexOf(text)
        if (at >= 0 && by !== undefined) bytes.set(new TextEncoder().encode(by), at)
        for (let next = at; damage && next >= 0; next = latin.indexOf(text, next + 1)) {
          const start = next - (next % PAGE_BYTES)
          bytes.fill(0xff, start, start + PAGE_BYTES)
        }
        if (by !== undefined || damage)
          await settled(store().put({ ...head, file: new Blob([bytes]) }, 'head'))
        return at >= 0
      } finally {
        database.close()
      }
    },
    { name: DATABASE, ...wanted },
  )
