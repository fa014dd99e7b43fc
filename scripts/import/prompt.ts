import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CommandError } from './errors.ts'

/**
 * Asks for a secret on the terminal and shows nothing of what is typed.
 *
 * @throws {CommandError} there is no terminal to ask on
 */
export async function askSecretly(question: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new CommandError('A password is needed.', 'Pass --password or set SEGUE_PASSWORD.', 2)
  }
  process.stderr.write(question)
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silence, terminal: true })
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
    process.stderr.write('\n')
  }
}
