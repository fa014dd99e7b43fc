import { clonedBytes } from './cloned-bytes.ts'

/**
 * What lies in the databases that have a name in theirs: keys and values by structured clone, as browsers store them;
 * and in files that the page keeps under that name. Indexes, and the compression of the browser's own files, are left
 * out.
 */
export async function storedBytes(name: string): Promise<number> {
  let bytes = 0
  for (const database of await databasesOf(name)) {
    for (const store of database.objectStoreNames) {
      const objects = database.transaction(store).objectStore(store)
      for (const key of await result(objects.getAllKeys())) bytes += clonedBytes(key)
      for (const value of await result(objects.getAll())) bytes += clonedBytes(value)
    }
    database.close()
  }
  for await (const file of filesOf(name)) bytes += (await file.getFile()).size
  return bytes
}

/** Deletes the databases that have a name in theirs. Close them first. Files go with the browser's profile. */
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

/** The page's own files; Node has none. */
const fileRoot = async () => navigator.storage?.getDirectory()

async function* filesOf(
  name: string,
  folder?: FileSystemDirectoryHandle,
): AsyncGenerator<FileSystemFileHandle> {
  for await (const [entry, handle] of (folder ?? (await fileRoot()))?.entries() ?? []) {
    if (!folder && !entry.includes(name)) continue
    if (handle instanceof FileSystemDirectoryHandle) yield* filesOf(name, handle)
    else if (handle instanceof FileSystemFileHandle) yield handle
  }
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
