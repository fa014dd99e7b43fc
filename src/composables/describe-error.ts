/** An error as a person should read it: what happened, and what to do. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly action: string
}

const DO_ANYWAY =
  'Your tunes are stored on this device. Reload the page; if it happens again, look at Settings.'

/** Puts any thrown thing into words. Errors of our own rooms bring their words along. */
export function describeError(error: unknown): Problem {
  const code = textOf(error, 'code') ?? 'unknown'
  const message = error instanceof Error ? error.message : String(error)
  if (/dynamically imported module|module script failed/i.test(message)) {
    return {
      code: 'outdated',
      message: 'A part of the app could not be loaded.',
      action: 'Go online once and reload the page: after that all of it works offline.',
    }
  }
  if (isNetworkFailure(error, message)) {
    return {
      code: 'offline',
      message: 'The server cannot be reached.',
      action: 'Check your connection and try again. Edits to tunes keep working meanwhile.',
    }
  }
  const action = textOf(error, 'action') ?? textOf(error, 'hint')
  return { code, message, action: action ?? (code === 'unknown' ? DO_ANYWAY : '') }
}

function isNetworkFailure(error: unknown, message: string): boolean {
  const name = error instanceof Error ? error.name : ''
  return name === 'AuthRetryableFetchError' || /failed to fetch|networkerror|load failed/i.test(message)
}

function textOf(error: unknown, key: 'code' | 'action' | 'hint'): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const value: unknown = Reflect.get(error, key)
  return typeof value === 'string' && value !== '' ? value : undefined
}
