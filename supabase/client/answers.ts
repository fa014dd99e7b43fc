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

export function count(from: Json, key: string): number {
  const value = from[key]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new UnexpectedAnswerError(key)
  return value
}

export function word<const T extends string>(from: Json, key: string, words: readonly T[]): T {
  const value = from[key]
  const found = words.find((candidate) => candidate === value)
  if (found === undefined) throw new UnexpectedAnswerError(key)
  return found
}
