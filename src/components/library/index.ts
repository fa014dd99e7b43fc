/**
 * The list of one's own tunes: search, filters, rows, and the dialog for a new one.
 * Tunes flow in; filters and a created tune's id flow out.
 * It reads no other space than the library.
 */
export { default as LocalTunesOffer } from './LocalTunesOffer.vue'
export { default as NewTuneDialog } from './NewTuneDialog.vue'
export { default as TuneFilters } from './TuneFilters.vue'
export { default as TuneList } from './TuneList.vue'
