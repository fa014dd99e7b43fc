import { serialize } from 'node:v8'

/**
 * What lies in the databases that have a name in theirs: keys and values by structured clone, as browsers store them.
 * Indexes, and the compression of the browser's own files, are left out.
 */
export async function storedBytes(name: string): Promise<number> {
  let bytes = 0
  for (const database of await databasesOf(name)) {
    for (const store of database.objectStoreNames) {
      const objects = database.transaction(store).objectStore(store)
      const all: unknown[] = [await result(objects.getAllKeys()), await result(objects.getAll())]
      bytes += serialize(all).byteLength
    }
    database.close()
  }
  return bytes
}

/** Deletes the databases that have a name in theirs. Close them first. */
export async function deleteStored(name: string): Promise<void> {
  for (const database of await indexedDB.databases()) {
    if (database.name?.includes(name)) await result(indexedDB.deleteDatabase(database.name))
  }
}

async function databasesOf(name: string): Promise<IDBDatabase[]> {
  const found = (await indexedDB.databases()).flatMap((each) =>
    each.name?.includes(name) ? [each.name] : [],
  )
  return Promise.all(found.map((each) => result(indexedDB.open(each))))
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
