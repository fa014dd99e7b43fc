/** Base of everything this room throws on purpose. */
export class BridgeError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** A query that was refused: a mistake in its text, or an attempt to write. */
export class QueryError extends BridgeError {
  readonly sql: string

  constructor(sql: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const advice = reason.includes('readonly')
      ? 'The mirror is read-only: change rows through their space, the mirror follows at once.'
      : 'Check the SQL against the schema.'
    super('query_failed', `This query was refused: ${reason}. ${advice}`, { cause })
    this.sql = sql
  }
}

/** The space belongs to another schema than the mirror, or the mirror was destroyed. */
export class MirrorStateError extends BridgeError {
  constructor(message: string) {
    super('mirror_state', message)
  }
}

/** SQLite has found its file damaged: an image was no longer what had been stored. The documents have everything. */
export class MirrorDamagedError extends BridgeError {
  readonly action = 'Reload the page: it is made anew from what you have written, of which nothing is lost.'

  constructor() {
    super('mirror_damaged', 'The database that screens read on this device is damaged.')
  }
}

/** What an error means to whoever has asked: that a query was refused, unless it says more itself. */
export const refused = (sql: string, cause: unknown): BridgeError =>
  cause instanceof BridgeError ? cause : new QueryError(sql, cause)
