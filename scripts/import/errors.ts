import { ImportError } from '../../src/import/index.ts'

/** The command cannot go on: what happened, and what to do. */
export class CommandError extends Error {
  readonly action: string
  readonly exitCode: number

  constructor(message: string, action: string, exitCode = 1) {
    super(message)
    this.name = 'CommandError'
    this.action = action
    this.exitCode = exitCode
  }
}

/** An error as the person at the terminal should read it. What nobody expected keeps its stack. */
export function inWords(error: unknown): { text: string; exitCode: number } {
  if (error instanceof CommandError) {
    return { text: `${error.message}\n${error.action}`, exitCode: error.exitCode }
  }
  if (error instanceof ImportError) return { text: `${error.message}\n${error.action}`, exitCode: 1 }
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), exitCode: 1 }
}
