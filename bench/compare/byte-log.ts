/** Byte strings in IndexedDB, one after the other: what a document without a storage of its own is kept in here. */
export class ByteLog {
  readonly #database: IDBDatabase
  #last: Promise<void> = Promise.resolve()

  private constructor(database: IDBDatabase) {
    this.#database = database
  }

  static async open(name: string): Promise<ByteLog> {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => request.result.createObjectStore('bytes', { autoIncrement: true })
    return new ByteLog(await settled(request))
  }

  readAll(): Promise<Uint8Array[]> {
    return settled(this.#database.transaction('bytes').objectStore('bytes').getAll())
  }

  append(bytes: readonly Uint8Array[]): Promise<void> {
    return this.#write((store) => {
      for (const each of bytes) store.add(each)
    })
  }

  /** Puts one byte string in the place of all. */
  replace(bytes: Uint8Array): Promise<void> {
    return this.#write((store) => {
      store.clear()
      store.add(bytes)
    })
  }

  async close(): Promise<void> {
    await this.#last
    this.#database.close()
  }

  #write(change: (store: IDBObjectStore) => void): Promise<void> {
    const transaction = this.#database.transaction('bytes', 'readwrite')
    change(transaction.objectStore('bytes'))
    const written = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error)
    })
    this.#last = Promise.all([this.#last, written]).then(() => {})
    return this.#last
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
