import { type FileParts, fingerprintOf, Mirror } from 'segue/bridge'
import type { Schema } from 'segue/crdt'
import type { Clock } from 'segue/supabase'
import type { SqlJsStatic } from 'sql.js'
import type { ImageStore, MarkedSpace } from './device/index.ts'
import type { OpenSpace } from './open-space.ts'

/** An image is made once nothing has changed for this time, in ms. */
const QUIET_MS = 5_000
/** … and for this time more for each megabyte of it: large ones are not written for every edit. */
const QUIET_MS_PER_MEGABYTE = 500

/** A mirror as it is at the start, and the spaces whose rows are in it. */
export interface StartingMirror {
  readonly mirror: Mirror
  readonly marked: readonly MarkedSpace[]
  /** Of the image it was opened from. */
  readonly byteLength: number
}

/** Opens a mirror from the device's image, or an empty one where there is none that is of use. */
export async function openMirror(
  sql: SqlJsStatic,
  schema: Schema,
  images: ImageStore | undefined,
): Promise<StartingMirror> {
  const image = await images?.read().catch(() => {
    // Storage that cannot be read says so when the documents are; without an image they are all there is.
    return undefined
  })
  /** What is damaged would be so at the next start, too. */
  const drop = () => void images?.clear().catch(() => {})
  if (image?.fingerprint === fingerprintOf(schema)) {
    try {
      const { parts, spaces } = image
      return { mirror: new Mirror(sql, schema, parts, drop), marked: spaces, byteLength: byteLengthOf(parts) }
    } catch (error) {
      console.warn('Segue: the image of the database was damaged, and is made anew.', error)
    }
  }
  return { mirror: new Mirror(sql, schema), marked: [], byteLength: 0 }
}

export interface ImageKeeperOptions {
  readonly mirror: Mirror
  readonly images: ImageStore
  readonly clock: Clock
  /** Only the leading tab keeps images. */
  readonly leads: () => boolean
  /** Those whose rows are in the mirror; nothing while it has others. */
  readonly spaces: () => readonly OpenSpace[] | undefined
  /** How long nothing has to change before an image is made, in ms. */
  readonly quietMs?: number | undefined
}

/**
 * Keeps an image of the mirror on the device, so that the next start need not wait for documents.
 *
 * Each image names the stored updates that it reflects, and is kept only if nothing has changed while it was made: so it
 * either fits what is stored, or is seen not to.
 */
export class ImageKeeper {
  readonly #options: ImageKeeperOptions
  readonly #fingerprint: string
  readonly #stop: () => void
  #changedAt = 0
  #bytes = 0
  #cancel: (() => void) | undefined
  #isOver = false

  constructor(options: ImageKeeperOptions) {
    this.#options = options
    this.#fingerprint = fingerprintOf(options.mirror.schema)
    this.#stop = options.mirror.observe(() => this.touch())
  }

  /** What the image says is true no more. */
  touch(): void {
    this.#changedAt = this.#options.clock.now()
    this.#wait(this.#quietMs)
  }

  /** May be called twice. */
  destroy(): void {
    this.#isOver = true
    this.#stop()
    this.#cancel?.()
  }

  get #quietMs(): number {
    return (this.#options.quietMs ?? QUIET_MS) + (this.#bytes / 1_000_000) * QUIET_MS_PER_MEGABYTE
  }

  #wait(ms: number): void {
    if (this.#isOver) return
    this.#cancel ??= this.#options.clock.after(ms, () => {
      const left = this.#changedAt + this.#quietMs - this.#options.clock.now()
      this.#cancel = undefined
      if (left > 0) this.#wait(left)
      else void this.#keepInTime()
    })
  }

  /**
   * Makes an image and stores it.
   *
   * @returns whether that was done: not while something changes, or where storage has no room for it
   */
  async keep(): Promise<boolean> {
    const { images } = this.#options
    const image = await this.#image()
    if (!image || this.#isOver) return false
    try {
      await images.write(image)
      return true
    } catch {
      // No room for it, most likely, or none at all: an old one takes up the room that edits may need.
      this.destroy()
      await images.clear().catch(() => {})
      return false
    }
  }

  async #keepInTime(): Promise<void> {
    if (this.#options.leads() && (await this.keep())) return
    this.#wait(this.#quietMs)
  }

  /** @returns nothing when something has changed meanwhile */
  async #image() {
    const { mirror, clock, spaces } = this.#options
    const all = spaces()
    if (!all?.every(({ isReady, space }) => isReady && mirror.holds(space))) return undefined
    const marks = await Promise.all(all.map(({ store }) => store.mark()))
    const isSame = (now = spaces()) =>
      now?.length === all.length && now.every((open, index) => open === all[index])
    const isCurrent = () =>
      !mirror.destroyed && !mirror.damaged && marks.every((mark) => mark?.isCurrent()) && isSame()
    if (!isCurrent()) return undefined
    const marked = all.flatMap(({ entry: { id, epoch, copy }, unknown }, index): MarkedSpace[] => {
      const updates = marks[index]?.mark
      return updates ? [{ id, epoch, copy, updates, unknown }] : []
    })
    const parts = await mirror.export(() => new Promise((resolve) => clock.after(0, resolve)))
    if (!parts || !isCurrent()) return undefined
    this.#bytes = byteLengthOf(parts)
    return { parts, fingerprint: this.#fingerprint, spaces: marked }
  }
}

const byteLengthOf = (parts: FileParts) => parts.reduce((sum, { byteLength }) => sum + byteLength, 0)
