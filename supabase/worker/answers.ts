import { UnexpectedAnswerError } from './errors.ts'

/** Readers of JSON from the server: each returns a typed value or throws {@link UnexpectedAnswerError}. */

type Json = Readonly<Record<string, unknown>>

export function object(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UnexpectedAnswerError(what)
  return value as Json
}

export function list<T>(value: unknown, what: string, read: (item: Json) => T): T[] {
  if (!Array.isArray(value)) throw new UnexpectedAnswerError(what)
  return value.map((item) => read(object(item, what)))
}

const isText = (value: unknown): value is string => typeof value === 'string'

export function text(from: Json, key: string): string
export function text<T extends string>(from: Json, key: string, is: (value: unknown) => value is T): T
export function text(from: Json, key: string, is = isText): string {
  const value = from[key]
  if (!is(value)) throw new UnexpectedAnswerError(key)
  return value
}

export function count(from: Json, key: string): number {
  const value = from[key]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new UnexpectedAnswerError(key)
  return value
}

export function truth(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw new UnexpectedAnswerError(what)
  return value
}

export function date(from: Json, key: string): Date {
  const value = new Date(text(from, key))
  if (Number.isNaN(value.getTime())) throw new UnexpectedAnswerError(key)
  return value
}
