import type { Clock } from 'segue/supabase'
import { expect, test } from 'vitest'
import type { Change, SpaceDatabase } from '../../src/sync/device/space-database.ts'
import { WriteQueue } from '../../src/sync/device/write-queue.ts'

const change = (key: string): Change => ({ put: [[key, key]] })
const keysOf = (changes: readonly Change[]) =>
  changes.flatMap(({ put = [] }) => put.map(([key]) => key)).join(' ')

/** A queue over a database that takes writes when it is told to. */
function scene() {
  const taken: string[] = []
  const said: string[] = []
  const timers = new Set<() => void>()
  const state = { isFull: false }
  const database: Pick<SpaceDatabase, 'write'> = {
    async write(changes) {
      if (state.isFull) throw new DOMException('Full.', 'QuotaExceededError')
      taken.push(keysOf(changes))
      return []
    },
  }
  const clock: Pick<Clock, 'after'> = {
    after(_ms, run) {
      timers.add(run)
      return () => timers.delete(run)
    },
  }
  const queue = new WriteQueue({
    clock: clock as Clock,
    onStored: () => {},
    onRefused: () => said.push('refused'),
    onRecovered: (changes) => said.push(`recovered ${keysOf(changes)}`),
  })
  queue.open(database as SpaceDatabase)
  return { queue, taken, said, timers, state }
}

test('writes go one after the other, each with everything that has gathered', async () => {
  const { queue, taken } = scene()
  queue.hold(change('a'))
  const first = queue.write(change('b'))
  await first
  const second = queue.write(change('c'))
  await Promise.all([second, queue.write(change('d'))])
  expect(taken).toEqual(['a b', 'c d'])
  expect(queue.isEmpty).toBe(true)
})

test('what storage refuses goes first with the next write', async () => {
  const { queue, taken, said, state } = scene()
  state.isFull = true
  await queue.write(change('a'))
  const later = [queue.write(change('b')), queue.write(change('c'))]
  await Promise.all(later)
  expect([queue.isFailing, queue.isEmpty]).toEqual([true, false])
  state.isFull = false
  await queue.write(change('d'))
  expect(taken).toEqual(['a b c d'])
  expect(said).toEqual(['refused', 'refused', 'recovered a b c d'])
  expect([queue.isFailing, queue.isEmpty]).toEqual([false, true])
})

test('what storage refuses is tried again though nothing else is written', async () => {
  const { queue, taken, timers, state } = scene()
  state.isFull = true
  await queue.write(change('a'))
  await queue.write(change('b'))
  state.isFull = false
  expect(timers.size).toBe(1)
  for (const retry of timers) retry()
  await queue.settled
  expect(taken).toEqual(['a b'])
})

test('a closed queue tries nothing again', async () => {
  const { queue, timers, state } = scene()
  state.isFull = true
  await queue.write(change('a'))
  queue.close()
  expect(timers.size).toBe(0)
})
