import { bytes, count, counts, type Json, object, texts, word } from './answers.ts'
import { UnexpectedAnswerError } from './errors.ts'
import { type LogEntry, type LogPage, type OutboxEntry, ROLES } from './remote.ts'

const PAGE = 'a page of the log'

/**
 * Unpacks an answer of `pull_log`: the updates end to end, their lengths, and runs that say who made them.
 *
 * @param since  the place that the page was asked to begin after
 * @throws {UnexpectedAnswerError} the parts of the answer contradict each other or what was asked
 */
export function unpackPage(answer: unknown, since: number): LogPage {
  const page = object(answer, PAGE)
  return {
    head: count(page, 'head'),
    epoch: count(page, 'epoch'),
    role: word(page, 'role', ROLES),
    entries: (page.first ?? null) === null ? [] : [...entriesOf(page, since)],
  }
}

function* entriesOf(page: Json, since: number): Generator<LogEntry> {
  const lengths = counts(page, 'lengths')
  const updates = bytes(page, 'updates')
  const names = namesOf(page, lengths.length)
  let seq = count(page, 'first')
  // A page that leads nowhere would be asked for again and again.
  if (seq <= since || !Number.isSafeInteger(seq + lengths.length)) throw new UnexpectedAnswerError(PAGE)
  let at = 0
  for (const length of lengths) {
    const name = names.next()
    if (name.done || length === 0 || at + length > updates.byteLength) throw new UnexpectedAnswerError(PAGE)
    yield { ...name.value, seq: seq++, update: updates.slice(at, at + length) }
    at += length
  }
  if (lengths.length === 0 || at !== updates.byteLength || !names.next().done)
    throw new UnexpectedAnswerError(PAGE)
}

/** A name for each of so many entries. */
function* namesOf(page: Json, entries: number): Generator<Pick<OutboxEntry, 'client' | 'n'>> {
  const clients = texts(page, 'clients')
  const runs = counts(page, 'runs')
  let left = entries
  for (let at = 0; at < runs.length; at += 3) {
    const [index = 0, first = 0, length = 0] = runs.slice(at, at + 3)
    const client = clients[index]
    if (
      client === undefined ||
      first === 0 ||
      length === 0 ||
      length > left ||
      !Number.isSafeInteger(first + length)
    ) {
      throw new UnexpectedAnswerError(PAGE)
    }
    for (let n = first; n < first + length; n++) yield { client, n }
    left -= length
  }
}
