import type { Clock } from 'segue/supabase'
import { inSteps } from 'segue/supabase'
import { expect, test } from 'vitest'

test.each([
  [1, 12],
  [5, 3],
  [40, 1],
])('steps of %d ms are done %d in a turn', async (ms, perTurn) => {
  let time = 1_000
  const turns = [0]
  const clock: Clock = {
    now: () => time,
    random: () => 0,
    after(_ms, run) {
      turns.push(0)
      queueMicrotask(run)
      return () => {}
    },
  }
  let left = 5 * perTurn
  await inSteps(clock, () => {
    time += ms
    turns[turns.length - 1] = (turns.at(-1) ?? 0) + 1
    return --left > 0
  })
  expect(turns).toEqual(Array(5).fill(perTurn))
})
