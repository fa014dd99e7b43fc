import { fromBase64 } from 'lib0/buffer'
import { UnexpectedAnswerError } from './errors.ts'

/** Readers of JSON from the server: each returns a typed value or throws {@link UnexpectedAnswerError}. */

export type Json = Readonly<Record<string, unknown>>

export function object(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UnexpectedAnswerError(what)
  return value as Json
}

export function list<T>(value: unknown, what: string, read: (item: Json) => T): T[] {
  if (!Array.isArray(value)) throw new UnexpectedAnswerError(what)
  return value.map((item) => read(object(item, what)))
}

export function text(from: Json, key: string): string {
  const value = from[key]
  if (typeof value !== 'string') throw new UnexpectedAnswerError(key)
  return value
}

export function optionalText(from: Json, key: string): string | null {
  const value = from[key] ?? null
  if (value !== null && typeof value !== 'string') throw new UnexpectedAnswerError(key)
  return value
}

export function texts(from: Json, key: string): string[] {
  return each(from, key, (value) => typeof value === 'string')
}

/** Base64 text as the bytes it stands for. */
export function bytes(from: Json, key: string): Uint8Array {
  const value = text(from, key)
  try {
    return fromBase64(value)
  } catch {
    throw new UnexpectedAnswerError(key)
  }
}

export function count(from: Json, key: string): number {
  const value = from[key]
  if (!isCount(value)) throw new UnexpectedAnswerError(key)
  return value
}

export function counts(from: Json, key: string): number[] {
  return each(from, key, isCount)
}

export function word<const T extends string>(from: Json, key: string, words: readonly T[]): T {
  const value = from[key]
  const found = words.find((candidate) => candidate === value)
  if (found === undefined) throw new UnexpectedAnswerError(key)
  return found
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

function each<T>(from: Json, key: string, isOne: (value: unknown) => value is T): T[] {
  const value: unknown = from[key]
  if (!Array.isArray(value) || !value.every(isOne)) throw new UnexpectedAnswerError(key)
  return value
}
