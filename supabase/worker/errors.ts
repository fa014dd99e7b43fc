/** Base of everything the worker throws on purpose. `code` is stable; the message says what to do. */
export class WorkerError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** An update is missing between the snapshot and the rest of the log. */
export class LogGapError extends WorkerError {
  constructor(seq: number) {
    super(
      'log_gap',
      `Update ${seq} of the log is missing. Another worker may have purged it meanwhile; if it stays missing, restore the log from a backup.`,
    )
  }
}

/** There is nothing to start from. */
export class NoSnapshotError extends WorkerError {
  constructor(cause: unknown) {
    super(
      'no_snapshot',
      'None of the snapshots of this epoch can be read. Nothing was changed. Restore space_snapshot from a backup.',
      { cause },
    )
  }
}

/** Somebody has filled a document with so many tables that Yjs would take hours to encode it. */
export class TooManyTablesError extends WorkerError {
  constructor(count: number) {
    super(
      'too_many_tables',
      `The document has ${count} tables, which no app makes. Its log stays as it is. Ask the owner to copy what is of use into a new space.`,
    )
  }
}

/** The server could not be reached, or failed. */
export class UnreachableError extends WorkerError {
  constructor(reason: string, cause?: unknown) {
    super(
      'unreachable',
      `The server could not be reached: ${reason}. Check the URL, and that it is running.`,
      {
        cause,
      },
    )
  }
}

/** The key is not the service role's. */
export class KeyRefusedError extends WorkerError {
  constructor(cause?: unknown) {
    super(
      'key_refused',
      'The server refused the key. Pass the service role key of the project, not the anon key.',
      { cause },
    )
  }
}

/** The functions of this worker are not there. */
export class MissingMigrationError extends WorkerError {
  constructor(name: string) {
    super(
      'missing_migration',
      `The server has no function ${name} of this form. Apply supabase/migrations: npx supabase db push.`,
    )
  }
}

/** The server said no, or failed at it. */
export class CallFailedError extends WorkerError {
  constructor(name: string, reason: string, cause?: unknown) {
    super('call_failed', `${name} failed: ${reason}. It is tried again in the next round.`, { cause })
  }
}

/** The server answered something that this version does not understand. */
export class UnexpectedAnswerError extends WorkerError {
  constructor(what: string) {
    super(
      'unexpected_answer',
      `The server answered ${what} in a form this version does not know. Update the worker and the migrations together.`,
    )
  }
}
