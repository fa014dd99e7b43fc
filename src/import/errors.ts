/** A file cannot be imported at all. `code` is stable, `action` says what to do. */
export class ImportError extends Error {
  readonly code: ImportErrorCode
  readonly action: string

  constructor(code: ImportErrorCode, message: string, action: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
    this.action = action
  }
}

export type ImportErrorCode =
  /** Larger than {@link MAX_FILE_BYTES}. */
  | 'too_large'
  /** The device does not give it out: it was moved or changed since it was chosen. */
  | 'unreadable'
  /** Nothing in it, or no file given. */
  | 'empty'
  /** Neither SQLite, JSON, CSV nor ABC. */
  | 'unknown_format'
  /** The format is known, but the content is damaged. */
  | 'malformed'
  /** It can be read, but holds no table that is known here. */
  | 'no_known_table'
