/** What a plan depends on beside the files. */
export interface PlanOptions {
  /** Who will own the rows: a user id, or `local`. */
  readonly owner: string
  /**
   * Text that tells one person's imports from another's: two people who import databases with the same integer ids
   * get different rows, so that sharing a playlist never mixes them up.
   */
  readonly scope: string
  /** Name of the program or database the ids come from. Left out: the files say. */
  readonly source?: string | undefined
  /** Legacy id of the person whose rows are taken. Left out: whoever has the most. */
  readonly person?: string | undefined
}
