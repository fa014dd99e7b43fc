/** Base of everything this room throws on purpose: what happened, and in `action` what to do. */
export class SyncError extends Error {
  readonly code: string
  readonly action: string

  constructor(code: string, message: string, action: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
    this.action = action
  }
}

/** Nothing is known about the outcome: the network or the server failed. Trying again is safe. */
export class TransportError extends SyncError {
  constructor(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(
      'transport',
      `The server could not be reached: ${reason}.`,
      'Nothing is lost. It is tried again by itself; check your connection if this stays.',
      { cause },
    )
  }
}

/** The person is not signed in, or the session has run out. */
export class SignedOutError extends SyncError {
  constructor() {
    super(
      'signed_out',
      'You are signed out.',
      'Sign in again to go on syncing. Your edits are kept on this device.',
    )
  }
}

/** The server understood and said no. Trying the same again will not help. */
export class RefusedError extends SyncError {}

/** The server answered something that this version does not understand. */
export class UnexpectedAnswerError extends SyncError {
  constructor(what: string) {
    super(
      'unexpected_answer',
      `The server answered ${what} in a form this version does not know.`,
      'Reload the page to get the newest version of the app. Your edits are kept.',
    )
  }
}
