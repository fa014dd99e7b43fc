import * as Y from 'yjs'
import { isCollectable } from './collectable.ts'
import { OpenDocument } from './open-document.ts'
import type { SpaceOptions } from './space-types.ts'
import { type Author, NOBODY } from './stamp-format.ts'
import { stateInParts } from './state-parts.ts'
import { reportNothingTooDeep } from './too-deep.ts'

/** Somebody who listens to the document: to the one that is in memory, and to those that come after it. */
interface Registration {
  readonly register: (opened: OpenDocument) => () => void
  stop?: (() => void) | undefined
}

/** What a document becomes when it is closed. */
interface Closed {
  /** Yjs v1 updates, each a moment's work. */
  readonly parts: readonly Uint8Array[]
  readonly clientId: number
}

/**
 * The document of a space, which is in memory only while somebody needs it: read when it is first asked for, and closed
 * when that is long ago. A row takes some kilobytes of memory in a document, and less than a tenth of that as bytes.
 */
export class LazyDocument {
  readonly #options: SpaceOptions
  readonly #origin: object
  readonly #registrations = new Set<Registration>()
  #doc: Y.Doc
  #author: Author
  #reading: Generator<void> | undefined
  #opened: OpenDocument | undefined
  #closed: Closed | undefined
  #holders = 0
  #uses = 0

  /** @param origin  what own transactions are made in the name of */
  constructor(options: SpaceOptions, origin: object) {
    this.#options = options
    this.#origin = origin
    this.#author = options.author ?? NOBODY
    this.#doc = prepared(options.doc ?? new Y.Doc({ guid: options.id }))
  }

  /** The document, read if it is not in memory. */
  get open(): OpenDocument {
    if (!this.#opened) this.read()
    this.#uses++
    return this.#opened as OpenDocument
  }

  /** The document as long as it is in memory. */
  get current(): OpenDocument | undefined {
    return this.#opened
  }

  /** Counts how often it has been asked for: whoever closes it sees by this whether it is in use. */
  get uses(): number {
    return this.#uses
  }

  get author(): Author {
    return this.#author
  }

  set author(author: Author) {
    this.#author = author
    if (this.#opened) this.#opened.stamps.author = author
  }

  /** @throws whatever the storage says that cannot be read yet */
  read(): void {
    while (this.readNext()) {}
  }

  /**
   * Does a moment's work of reading.
   *
   * @returns whether there is more to do
   * @throws whatever the storage says that cannot be read yet
   */
  readNext(): boolean {
    if (this.#opened) return false
    this.#reading ??= this.#read()
    try {
      return !this.#reading.next().done
    } catch (error) {
      this.#reading = undefined
      throw error
    }
  }

  /** Keeps the document in memory, for those who hold on to something in it. Returns the way to let go of it. */
  hold(): () => void {
    let isHeld = true
    this.#holders++
    return () => {
      if (isHeld) this.#holders--
      isHeld = false
    }
  }

  /**
   * Closes the document a moment's work at a time. It stays as it is when somebody uses it meanwhile.
   *
   * @returns whether it is closed
   */
  *closing(): Generator<void, boolean> {
    const opened = this.#opened
    // A document that was given to the space is somebody else's too.
    if (!opened || this.#options.doc) return false
    const { doc } = opened
    const uses = this.#uses
    let isChanged = false
    const onTransaction = () => {
      isChanged = true
    }
    const isInUse = () =>
      isChanged ||
      this.#holders > 0 ||
      this.#uses !== uses ||
      this.#opened !== opened ||
      doc._transaction !== null
    doc.on('afterTransaction', onTransaction)
    try {
      const parts: Uint8Array[] = []
      if (isInUse()) return false
      for (const part of stateInParts(doc)) {
        parts.push(part)
        yield
        if (isInUse()) return false
      }
      this.#close({ parts, clientId: doc.clientID })
      return true
    } finally {
      doc.off('afterTransaction', onTransaction)
    }
  }

  /** Lets somebody listen from now on, or once the document is read. Returns the way to stop. */
  whenOpen(register: (opened: OpenDocument) => () => void): () => void {
    const registration: Registration = { register }
    this.#registrations.add(registration)
    if (this.#opened) registration.stop = register(this.#opened)
    return () => {
      this.#registrations.delete(registration)
      registration.stop?.()
    }
  }

  /** May be called twice. */
  destroy(): void {
    this.#registrations.clear()
    this.#free()
  }

  *#read(): Generator<void> {
    const {
      id,
      schema,
      stored,
      conflicts: strategy = 'last-write-wins',
      now = () => new Date(),
    } = this.#options
    const doc = this.#doc
    for (const part of this.#closed?.parts ?? []) {
      Y.applyUpdate(doc, part, this.#origin)
      yield
    }
    // Not before: Yjs would take what it wrote itself for the work of somebody with the same number.
    if (this.#closed) doc.clientID = this.#closed.clientId
    while (stored?.applyNext(doc)) yield
    const opened = new OpenDocument({
      ...{ id, schema, doc, origin: this.#origin, author: this.#author, strategy, now },
    })
    if (stored || this.#closed) yield* opened.preparing()
    opened.stamps.author = this.#author
    this.#opened = opened
    this.#closed = undefined
    // Who begins to listen in the course of this does so by itself.
    for (const each of this.#registrations) each.stop ??= each.register(opened)
    if (!stored) return
    stored.applyRest(doc)
    opened.settle()
  }

  #close(closed: Closed): void {
    for (const each of this.#registrations) {
      each.stop?.()
      each.stop = undefined
    }
    this.#free()
    this.#opened = undefined
    this.#reading = undefined
    this.#closed = closed
    this.#doc = prepared(new Y.Doc({ guid: this.#options.id }))
  }

  #free(): void {
    this.#opened?.destroy()
    this.#doc.off('beforeObserverCalls', reportNothingTooDeep)
    this.#doc.destroy()
  }
}

function prepared(doc: Y.Doc): Y.Doc {
  doc.gcFilter = isCollectable
  doc.on('beforeObserverCalls', reportNothingTooDeep)
  return doc
}
