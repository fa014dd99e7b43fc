import { serialize } from 'node:v8'
import { expect, test } from 'vitest'
import { clonedBytes } from '../../bench/compare/cloned-bytes.ts'
import { newRows } from '../../bench/compare/rows.ts'

const HEADER = 2

test('rows take the bytes that V8 writes', () => {
  for (const row of newRows(500)) expect(clonedBytes(row)).toBe(serialize(row).byteLength - HEADER)
})

test('what stores keep takes the bytes that V8 writes', () => {
  const values = [
    ...[0, -1, 127, -64, 64, 2 ** 30 - 1, 2 ** 31, 0.5, -0, Number.NaN, 12n, true, null, undefined],
    ...['', 'Fèis', 'a'.repeat(127), 'b'.repeat(128), 'c'.repeat(20_000), new Date(0)],
    ...[['a', 1, [2]], { a: { b: ['c'] } }, new Map([['a', { b: 1 }]]), new Set(['a', 2])],
  ]
  for (const value of values)
    expect(clonedBytes(value), `${value}`).toBe(serialize(value).byteLength - HEADER)
})

test('texts of other alphabets take two bytes for each character', () => {
  for (const text of ['рил', '日本', 'джига'.repeat(50)]) {
    // V8 aligns them to even places.
    const padding = serialize(text).byteLength - HEADER - clonedBytes(text)
    expect([0, 1]).toContain(padding)
  }
})

test('a view counts with all of its buffer, and what comes again counts once', () => {
  const view = new Uint8Array(new ArrayBuffer(10_000), 0, 10)
  expect(clonedBytes([view, view])).toBeGreaterThan(10_000)
  expect(clonedBytes([view, view])).toBeLessThan(10_050)
})

test('what nobody can count is refused', () => {
  expect(() => clonedBytes(/a pattern/)).toThrow(TypeError)
})
