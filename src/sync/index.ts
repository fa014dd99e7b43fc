/**
 * Segue for Vue: opens a person's spaces in the browser and gives components live rows, status and presence.
 * Supabase, IndexedDB and SQLite are put together here; composables with refs flow out.
 * It never knows the tables of an app: those come with the schema.
 */
export {
  provideSegue,
  useAwareness,
  useLeads,
  useLiveQuery,
  useLoaded,
  useReadAhead,
  useSegue,
  useSharedText,
  useSpaces,
  useSpaceText,
  useSyncStatus,
  useUndoRedo,
} from './composables.ts'
export { createSegue } from './create-segue.ts'
export { type Device, memoryDevice } from './device/index.ts'
export { DeviceStorageError, SpaceNotOpenError } from './errors.ts'
export {
  HistoryError,
  type Moment,
  type RowMoment,
  type SpaceHistory,
} from './history/index.ts'
export { Segue, type SegueOptions, type SpaceInfo } from './segue.ts'
export {
  caretAt,
  MAX_EDITOR_LENGTH,
  rangeOf,
  readSteps,
  type SharedText,
  safeTextLink,
  TextBinding,
  type TextOp,
  type TextRange,
  type TextSurface,
} from './text/index.ts'
