/**
 * The tables of the tune-list app, and the worked example of a Segue schema.
 * Declarations only: they flow into row types, the mirror's DDL, projection and validation.
 * Nothing else in `crdt` knows these tables; another app brings its own.
 */
import { defineSchema } from '../schema/index.ts'
import { note, reference, tag } from './annotations.ts'
import { playlist, playlistTune } from './playlist.ts'
import { dailyPracticeQueue, practiceRecord } from './practice.ts'
import { tune, tuneOverride } from './tune.ts'

export { GENRES, GOALS, INSTRUMENTS, MODES, REFERENCE_TYPES, TUNE_TYPES } from './lookups.ts'
export {
  dailyPracticeQueue,
  note,
  playlist,
  playlistTune,
  practiceRecord,
  reference,
  tag,
  tune,
  tuneOverride,
}

/** All nine tables. */
export const tuneSchema = defineSchema({
  tune,
  playlist,
  playlistTune,
  note,
  reference,
  tag,
  practiceRecord,
  dailyPracticeQueue,
  tuneOverride,
})
