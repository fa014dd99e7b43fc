import { expect, test } from 'vitest'
import { FramePace } from '../../src/sync/frame-pace.ts'

const frame = () => new Promise((resolve) => setTimeout(resolve, 5))

test('what is due runs at once, and again at most once until the next frame', async () => {
  const pace = new FramePace()
  const ran: number[] = []
  pace.schedule(() => ran.push(1))
  expect(ran).toEqual([])
  await undefined
  expect(ran).toEqual([1])
  pace.schedule(() => ran.push(2))
  await undefined
  pace.schedule(() => ran.push(3))
  await undefined
  expect(ran).toEqual([1])
  await frame()
  expect(ran).toEqual([1, 2, 3])
  await frame()
  pace.schedule(() => ran.push(4))
  await undefined
  expect(ran).toEqual([1, 2, 3, 4])
})

test('one that throws keeps no other from running', async () => {
  const pace = new FramePace()
  const ran: number[] = []
  const caught = new Promise<unknown>((resolve) => process.once('uncaughtException', resolve))
  pace.schedule(() => {
    throw new Error('a stranger')
  })
  pace.schedule(() => ran.push(2))
  expect(await caught).toMatchObject({ message: 'a stranger' })
  expect(ran).toEqual([2])
})
