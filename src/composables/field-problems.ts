import { InvalidRowError } from 'segue/crdt'

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

/**
 * What a refused row says about its columns, by SQL name, as sentences for beneath the inputs.
 *
 * @throws the error itself when it is another one
 */
export function fieldProblems(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof InvalidRowError)) throw error
  return Object.fromEntries(error.problems.map(({ column, message }) => [column, sentence(message)]))
}
