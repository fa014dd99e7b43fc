/**
 * Bringing tunes in: from files of other apps, and from pasted titles.
 * Files and text flow in; tunes in the library and a result for people flow out.
 * Nothing is written before somebody has seen what would be.
 */
export { default as FilePicker } from './FilePicker.vue'
export { default as ImportBusy } from './ImportBusy.vue'
export { default as ImportOutcome } from './ImportOutcome.vue'
export { default as ImportReview } from './ImportReview.vue'
export { default as PasteTitles } from './PasteTitles.vue'
