/** Whoever calls a function of the server: a person, or the worker. */
export type Caller = { readonly userId: string; readonly email: string } | 'worker'

export type Args = Readonly<Record<string, unknown>>

/** The functions of the migrations, whatever runs them. */
export interface Server {
  /**
   * Calls a function by its name and returns its JSON answer.
   *
   * @throws {ServerRefusal} the function raised an exception
   */
  call(caller: Caller, name: string, args: Args): Promise<unknown>
  /** Makes an account. */
  addUser(userId: string, email: string): Promise<void>
  /** Forgets everything: the history is over. */
  clear(): Promise<void>
}

/** An exception that a function raised: its words, as PostgREST passes them on. */
export class ServerRefusal extends Error {
  readonly detail: string
  readonly hint: string

  constructor(detail: string, message = detail, hint = '') {
    super(message)
    this.name = 'ServerRefusal'
    this.detail = detail
    this.hint = hint
  }
}
