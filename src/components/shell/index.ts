/**
 * What stands around every page: navigation, sync status, banners, and the gate that opens a person's spaces.
 * The session flows in; an opened Segue flows to the pages inside.
 * It shows no tune itself.
 */
export { default as AppShell } from './AppShell.vue'
export { default as ArrivingRows } from './ArrivingRows.vue'
export { default as BackLink } from './BackLink.vue'
export { default as NewerParts } from './NewerParts.vue'
export { default as PageHeader } from './PageHeader.vue'
export { default as ProblemBanner } from './ProblemBanner.vue'
export { default as SegueGate } from './SegueGate.vue'
export { default as UpdateWatch } from './UpdateWatch.vue'
