const DAY = 86_400_000

/** Checkpoints that stay when the log before them is gone: fewer, the older they are; times in milliseconds. */
export interface HistoryPolicy {
  /** One an hour is kept up to this age. */
  readonly hourlyMs: number
  /** One a day is kept up to this age. */
  readonly dailyMs: number
  /** One a week is kept up to this age; then history ends. */
  readonly weeklyMs: number
  /** All of a space together are no larger than this; the oldest go first. */
  readonly maxBytes: number
}

/** When to do what. */
export interface CompactionPolicy {
  /** A snapshot is written once this much has been logged since the last one. */
  readonly snapshotEvery: { readonly entries: number; readonly bytes: number }
  /**
   * How long updates stay in the log after a snapshot holds them, in milliseconds. Who was away for longer loads a
   * snapshot instead; what they had pushed without hearing the answer is pushed again.
   */
  readonly logRetentionMs: number
  /** How long removed rows can be restored, in milliseconds. They are gone after at most twice this time. */
  readonly tombstoneRetentionMs: number
  /** A checkpoint is made of what nobody has merged for this long, in milliseconds: history is cut only at one. */
  readonly checkpointEveryMs: number
  /** How long older states of a space can be read. */
  readonly history: HistoryPolicy
  /** A document has a fresh start when it has `minBytes` and is `ratio` times as large as it need be. */
  readonly epochWhen: { readonly ratio: number; readonly minBytes: number }
}

export const DEFAULT_POLICY: CompactionPolicy = {
  snapshotEvery: { entries: 500, bytes: 1 << 20 },
  logRetentionMs: 30 * DAY,
  tombstoneRetentionMs: 90 * DAY,
  checkpointEveryMs: DAY,
  history: { hourlyMs: DAY, dailyMs: 30 * DAY, weeklyMs: 365 * DAY, maxBytes: 64 << 20 },
  epochWhen: { ratio: 1.5, minBytes: 256 << 10 },
}
