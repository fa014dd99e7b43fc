import { newSpaceId } from 'segue/crdt'
import { beforeEach, expect, test } from 'vitest'
import { type CatalogEntry, catalogInIndexedDb, StoredCatalog } from '../../src/sync/device/catalog.ts'
import { fillDisk, newBrowser } from '../helpers/device.ts'

beforeEach(newBrowser)

const entry = (): CatalogEntry => ({
  ...{
    id: newSpaceId(),
    kind: 'playlist',
    name: 'a list',
    role: 'owner',
    ownerId: null,
    registered: true,
    epoch: 0,
    copy: '',
  },
})

function openCatalog() {
  const health: (string | undefined)[] = []
  return {
    catalog: new StoredCatalog(
      () => catalogInIndexedDb('catalog'),
      (problem) => health.push(problem?.code),
    ),
    health,
  }
}

test('what storage refuses is known to this tab, and stored once storage works again', async () => {
  const { catalog, health } = openCatalog()
  await catalog.all()
  const freeDisk = fillDisk()
  const refused = entry()
  await catalog.put(refused)
  expect(await catalog.save()).toBe(false)
  freeDisk()
  expect(await catalog.all()).toEqual([refused])
  expect(await openCatalog().catalog.all()).toEqual([])
  expect(await catalog.save()).toBe(true)
  expect(health).toEqual(['storage_full', 'storage_full', undefined])
  expect(await openCatalog().catalog.all()).toEqual([refused])
})

test('what is deleted while storage refuses everything is gone once it works again', async () => {
  const { catalog, health } = openCatalog()
  const known = entry()
  await catalog.put(known)
  const freeDisk = fillDisk()
  await catalog.delete(known.id)
  await catalog.put(entry())
  expect([catalog.isSaved, await catalog.save()]).toEqual([false, false])
  freeDisk()
  expect((await openCatalog().catalog.all()).map(({ id }) => id)).toEqual([known.id])
  expect([await catalog.save(), catalog.isSaved]).toEqual([true, true])
  expect(health.at(-1)).toBeUndefined()
  expect((await openCatalog().catalog.all()).map(({ id }) => id)).not.toContain(known.id)
})

test('without storage it lasts as long as the program', async () => {
  const catalog = new StoredCatalog(
    async () => undefined,
    () => {},
  )
  const known = entry()
  await catalog.put(known)
  expect([await catalog.all(), catalog.isSaved]).toEqual([[known], true])
})
