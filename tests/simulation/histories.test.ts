import './seeded-process.ts'
import { newRowId } from 'segue/crdt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drawHistory } from './history.ts'
import { PostgresServer } from './postgres-server.ts'
import { simulate } from './simulate.ts'

const CHUNK = 20
const CHUNKS = Array.from({ length: 10 }, (_, index) => 1 + index * CHUNK)
const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index)

/** Histories that went wrong once. */
const REGRESSIONS = [
  323, 329, 681, 1_821, 1_839, 1_997, 3_148, 3_844, 4_144, 5_146, 6_226, 10_307, 10_885, 100_622, 100_958,
  101_139, 101_177, 101_424, 101_554, 101_921, 102_380, 102_703, 103_235, 103_348, 104_511, 104_640, 105_243,
  105_279, 105_393, 105_427, 105_542, 105_682, 105_692,
]

async function violationsOf(seed: number): Promise<string[]> {
  const { violations } = await simulate(drawHistory(seed))
  return violations.map(({ kind, says }) => `seed ${seed}: ${kind}: ${says}`)
}

describe('whatever happens to tabs, devices, networks, rights and epochs', () => {
  it.each(CHUNKS)(
    'nothing is lost and nothing diverges: histories from %i on',
    async (first) => {
      const found: string[] = []
      for (const seed of range(first, CHUNK)) found.push(...(await violationsOf(seed)))
      expect(found).toEqual([])
    },
    120_000,
  )

  it('what went wrong once does not again', async () => {
    const found: string[] = []
    for (const seed of REGRESSIONS) found.push(...(await violationsOf(seed)))
    expect(found).toEqual([])
  }, 120_000)
})

describe('a history', () => {
  it('is the same whenever it happens, whatever was before', async () => {
    for (const seed of range(301, 5)) {
      const first = await simulate(drawHistory(seed))
      // Few random bytes are left of those that have been fetched.
      for (let left = 256 - 8; left > 0; left--) newRowId()
      const again = await simulate(drawHistory(seed))
      expect(again.trace).toBe(first.trace)
    }
  }, 60_000)

  it('is another one with another seed', async () => {
    const traces = new Set<string>()
    for (const seed of range(301, 5)) traces.add((await simulate(drawHistory(seed))).trace)
    expect(traces.size).toBe(5)
  }, 60_000)
})

describe('the model of the server', () => {
  let postgres: PostgresServer
  beforeAll(async () => {
    postgres = await PostgresServer.open()
  })
  afterAll(() => postgres.close())

  it.each(range(401, 8))(
    'does what the migrations do in Postgres: history %i',
    async (seed) => {
      const onModel = await simulate(drawHistory(seed))
      const onPostgres = await simulate(drawHistory(seed), () => postgres)
      expect(onPostgres.violations).toEqual([])
      expect(onPostgres.trace).toBe(onModel.trace)
    },
    60_000,
  )
})
