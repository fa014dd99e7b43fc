/**
 * What a list or a tune was: moments, what differs from now, and the way back.
 * Moments in words flow in; a choice, or a wish to restore, flows out.
 * It tells what is past, and changes nothing by itself.
 */
export { default as LoadingPast } from './LoadingPast.vue'
export { default as MomentList } from './MomentList.vue'
export { default as PastTunes } from './PastTunes.vue'
export { default as TuneHistory } from './TuneHistory.vue'
