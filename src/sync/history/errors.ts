import { SyncError } from 'segue/supabase'

/** Base of what keeps somebody from looking back. */
export class HistoryError extends SyncError {}

/** There is no network, and older states are kept on the server alone. */
export class HistoryOfflineError extends HistoryError {
  constructor() {
    super(
      'history_offline',
      'The history is kept on the server, which cannot be reached now.',
      'Go online and try again. Everything else works meanwhile.',
    )
  }
}

/** The space is on this device only, so nobody keeps its older states. */
export class NoHistoryError extends HistoryError {
  constructor() {
    super(
      'no_history',
      'What is on this device only has no history.',
      'Sign in: the server keeps one from then on.',
    )
  }
}

/** The moment is older than what the server keeps. */
export class HistoryGoneError extends HistoryError {
  constructor(cause?: unknown) {
    super('history_gone', 'This moment is not kept any more.', 'Choose a later one.', { cause })
  }
}

/** A viewer, or somebody who is a member no more, may look but not restore. */
export class RestoreRefusedError extends HistoryError {
  constructor() {
    super(
      'forbidden',
      'You may look at this list, but not change it.',
      'Ask its owner for the role of an editor.',
    )
  }
}
