const DAY = 86_400_000

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
  /** A document has a fresh start when it has `minBytes` and is `ratio` times as large as it need be. */
  readonly epochWhen: { readonly ratio: number; readonly minBytes: number }
}

export const DEFAULT_POLICY: CompactionPolicy = {
  snapshotEvery: { entries: 500, bytes: 1 << 20 },
  logRetentionMs: 30 * DAY,
  tombstoneRetentionMs: 90 * DAY,
  epochWhen: { ratio: 1.5, minBytes: 256 << 10 },
}
