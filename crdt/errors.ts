/** One way in which a value does not fit its column. */
export interface CellProblem {
  /** SQL name of the column. */
  readonly column: string
  /** What is wrong, as a sentence fragment: "must be a whole number". */
  readonly message: string
}

/** Base of everything this room throws on purpose. `code` is stable; `message` says what happened and what to do. */
export class CrdtError extends Error {
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** The values given for a row do not fit the table. Nothing was written. */
export class InvalidRowError extends CrdtError {
  readonly table: string
  readonly problems: readonly CellProblem[]

  constructor(table: string, problems: readonly CellProblem[]) {
    const list = problems.map((problem) => `${problem.column} ${problem.message}`).join('; ')
    super('invalid_row', `This ${table} was not saved: ${list}.`)
    this.table = table
    this.problems = problems
  }
}

/** A row with this key is there already. Update it instead. */
export class DuplicateRowError extends CrdtError {
  readonly table: string
  readonly rowId: string

  constructor(table: string, rowId: string) {
    super('duplicate_row', `There is a ${table} with the key "${rowId}" already. Update that one instead.`)
    this.table = table
    this.rowId = rowId
  }
}

/** No live row has this id: it was never here, or has been removed. */
export class RowNotFoundError extends CrdtError {
  readonly table: string
  readonly rowId: string

  constructor(table: string, rowId: string) {
    super(
      'row_not_found',
      `There is no ${table} "${rowId}" here. It may have been removed; restore it first.`,
    )
    this.table = table
    this.rowId = rowId
  }
}

/** The table is not part of the schema this space was opened with. */
export class UnknownTableError extends CrdtError {
  constructor(table: string) {
    super('unknown_table', `The table "${table}" is not in this schema. Add it to defineSchema({ … }).`)
  }
}

/** The schema itself is wrong; thrown once, when it is defined. */
export class InvalidSchemaError extends CrdtError {
  constructor(message: string) {
    super('invalid_schema', message)
  }
}

/** Bytes that are not a Yjs update, or not one that fits this document. */
export class InvalidUpdateError extends CrdtError {
  constructor(reason: string, cause?: unknown) {
    super('invalid_update', `An update was refused because it ${reason}. It was left out.`, {
      cause,
    })
  }
}

/** Text that is not the UUID of a space. */
export class InvalidSpaceIdError extends CrdtError {
  constructor(text: string) {
    super('invalid_space_id', `"${text.slice(0, 60)}" is not the id of a space (a UUID).`)
  }
}

/** A row would refer to a row that is not shown: it was never here, was removed, or is hidden. Nothing was written. */
export class ForeignKeyError extends CrdtError {
  readonly table: string
  readonly column: string
  readonly target: string
  readonly targetId: string

  constructor(table: string, column: string, target: string, targetId: string) {
    super(
      'foreign_key',
      `This ${table} was not saved: ${column} refers to the ${target} "${targetId}", which is not here. Add or restore that one first.`,
    )
    this.table = table
    this.column = column
    this.target = target
    this.targetId = targetId
  }
}

/** Another row has the same values in columns that no two rows may share. Nothing was written. */
export class UniqueError extends CrdtError {
  readonly table: string
  readonly columns: readonly string[]
  /** The row that has them. */
  readonly rowId: string

  constructor(table: string, columns: readonly string[], rowId: string) {
    super(
      'unique',
      `This ${table} was not saved: "${rowId}" has the same ${columns.join(', ')}. Change that one instead.`,
    )
    this.table = table
    this.columns = columns
    this.rowId = rowId
  }
}

/** The values break a rule of the table. Nothing was written. */
export class CheckError extends CrdtError {
  readonly table: string
  readonly check: string

  constructor(table: string, check: string) {
    super('check', `This ${table} was not saved: it does not hold to "${check}".`)
    this.table = table
    this.check = check
  }
}

/** Another row refers to the row and does not let it be removed. Nothing was written. */
export class RestrictError extends CrdtError {
  readonly table: string
  readonly rowId: string
  readonly child: string
  readonly childId: string

  constructor(table: string, rowId: string, child: string, childId: string) {
    super(
      'restrict',
      `The ${table} "${rowId}" was not removed: the ${child} "${childId}" refers to it. Remove that one first.`,
    )
    this.table = table
    this.rowId = rowId
    this.child = child
    this.childId = childId
  }
}
