/** Base of everything the embedded backend throws on purpose. The message says what to do; no stack is needed. */
export class LocalBackendError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** Another living process works on the same data. */
export class DataInUseError extends LocalBackendError {
  constructor(dataDir: string, pid: number) {
    super(
      'data_in_use',
      `Segue is already running on this data (process ${pid}, ${dataDir}). Use that one, stop it first, or pass --data <folder> for a second one.`,
    )
  }
}

/** The data lie where anybody who can reach the app could download them. */
export class DataServedError extends LocalBackendError {
  constructor(dataDir: string) {
    super(
      'data_served',
      `The data folder ${dataDir} is inside the folder that is served to browsers. Pass --data <folder> with one outside of it.`,
    )
  }
}

/** The data folder holds something that is not a database of this version. */
export class BrokenDataError extends LocalBackendError {
  constructor(dataDir: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(
      'broken_data',
      `The data in ${dataDir} cannot be opened (${reason}). Nothing was changed. Move the folder away to keep it, or delete it to start afresh.`,
      { cause },
    )
  }
}

/** The port is taken. */
export class PortInUseError extends LocalBackendError {
  constructor(port: number) {
    super('port_in_use', `Port ${port} is in use. Stop the other program, or pass --port <number>.`)
  }
}

/** A migration failed and was rolled back. */
export class MigrationError extends LocalBackendError {
  constructor(name: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(
      'migration_failed',
      `The migration ${name} failed and was rolled back: ${reason}. Mend it and start again.`,
      { cause },
    )
  }
}
