import { memoryDevice, provideSegue, Segue } from 'segue/vue'
import { afterEach, expect, test } from 'vitest'
import { createApp, effectScope } from 'vue'
import { checkInWords } from '../../src/composables/database-check.ts'
import { inTurns } from '../../src/composables/in-turns.ts'
import { useDatabaseCheck } from '../../src/composables/use-database-check.ts'
import { recordingSql } from '../helpers/mirrors.ts'
import { sampleSchema, thing } from '../helpers/sample-schema.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()))
})

async function scene() {
  const { sql, connections } = recordingSql()
  const segue = await Segue.open({ schema: sampleSchema, profile: 'local', sql, device: memoryDevice })
  const library = await segue.openLibrary()
  const app = createApp({})
  provideSegue(segue, app)
  const scope = effectScope()
  const database = app.runWithContext(() => scope.run(useDatabaseCheck))
  const connection = connections.at(-1)
  if (!database || !connection) throw new Error('Nothing was opened.')
  closing.push(() => segue.destroy())
  return { segue, library, database, connection, leave: () => scope.stop() }
}

test('a person is told that the database matches, or how much differs, and can have it mended', async () => {
  const { library, database, connection } = await scene()
  for (const id of ['a', 'b', 'c']) library.insert(thing, { id, name: 'Secret' })
  const words = () => database.found.value && checkInWords(database.found.value)
  expect(words()).toBeUndefined()
  await database.check()
  expect(words()).toBe('The database matches your data: 3 rows compared.')
  connection.run("UPDATE thing SET name = 'x' WHERE id = 'a'")
  await database.check()
  expect(words()).toMatch(/^1 row differs from your data\. Rebuild the database/)
  connection.run(
    "DELETE FROM thing WHERE id = 'b'; INSERT INTO segue_trash SELECT space_id, 'thing', id, '', '' FROM thing",
  )
  await database.check()
  expect(words()).toMatch(/^4 rows differ from your data\. Rebuild the database/)
  expect(database.found.value?.differing).toEqual({ thing: 2, segue_trash: 2 })
  expect(JSON.stringify(database.found.value)).not.toContain('Secret')
  await database.rebuild()
  expect(words()).toBe('The database matches your data: 3 rows compared.')
  expect(database.problem.value).toBeUndefined()
})

test('a large database is compared in turns, and not to the end when nobody waits for it', async () => {
  const { segue, library, database, leave } = await scene()
  library.transact(() => {
    for (let n = 0; n < 3_000; n++) library.insert(thing, { name: `n${n}` })
  })
  let turns = 0
  const counting = setInterval(() => turns++)
  const shares: number[] = []
  const found = await inTurns(
    segue.verifying(),
    ({ done, of }) => shares.push(done / of),
    () => false,
  )
  clearInterval(counting)
  expect(found).toEqual([])
  expect(turns).toBeGreaterThan(0)
  expect(shares).toHaveLength(12)
  expect([...shares].sort((a, b) => a - b)).toEqual(shares)
  expect(shares.at(-1)).toBe(1)
  const checking = database.check()
  leave()
  await checking
  expect(database.found.value).toBeUndefined()
})

test('what cannot be compared is said', async () => {
  const { segue, database } = await scene()
  await segue.destroy()
  await database.check()
  expect(database.found.value).toBeUndefined()
  expect(database.problem.value?.message).not.toBe('')
})
