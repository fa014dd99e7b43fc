import { column, segueTable } from '../schema/index.ts'

const { string, whole, decimal, reference, instant, localDate, flag } = column

/** One practised tune, one event: appended, never edited. What a scheduler derives from it is not truth. */
export const practiceRecord = segueTable(
  'practice_record',
  {
    playlistRef: reference('playlist_ref').notNull(),
    tuneRef: reference('tune_ref').notNull(),
    practiced: instant('practiced'),
    quality: whole('quality'),
    easiness: decimal('easiness'),
    difficulty: decimal('difficulty'),
    stability: decimal('stability'),
    interval: whole('interval'),
    step: whole('step'),
    repetitions: whole('repetitions'),
    lapses: whole('lapses'),
    elapsedDays: whole('elapsed_days'),
    state: whole('state'),
    due: instant('due'),
    backupPracticed: instant('backup_practiced'),
    goal: string('goal'),
    technique: string('technique'),
  },
  { indexes: [['tuneRef', 'playlistRef', 'practiced']] },
)

/** A tune that is up for practice on one local day. */
export const dailyPracticeQueue = segueTable(
  'daily_practice_queue',
  {
    userRef: string('user_ref').notNull(),
    playlistRef: reference('playlist_ref').notNull(),
    mode: string('mode'),
    queueDate: localDate('queue_date').notNull(),
    windowStartUtc: instant('window_start_utc').notNull(),
    windowEndUtc: instant('window_end_utc').notNull(),
    tuneRef: reference('tune_ref').notNull(),
    bucket: whole('bucket').notNull(),
    orderIndex: whole('order_index').notNull(),
    snapshotCoalescedTs: instant('snapshot_coalesced_ts').notNull(),
    scheduledSnapshot: instant('scheduled_snapshot'),
    latestDueSnapshot: instant('latest_due_snapshot'),
    acceptableDelinquencyWindowSnapshot: whole('acceptable_delinquency_window_snapshot'),
    tzOffsetMinutesSnapshot: whole('tz_offset_minutes_snapshot'),
    generatedAt: instant('generated_at').notNull(),
    completedAt: instant('completed_at'),
    exposuresRequired: whole('exposures_required'),
    exposuresCompleted: whole('exposures_completed').notNull().default(0),
    outcome: string('outcome'),
    active: flag('active').notNull().default(true),
  },
  { key: ['userRef', 'playlistRef', 'queueDate', 'tuneRef'], indexes: [['playlistRef', 'queueDate']] },
)
