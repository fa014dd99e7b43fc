/**
 * Values that two people wrote at the same time: shown side by side, and decided.
 * Conflicts in words flow in; a choice goes through the function that comes with them.
 * Nothing here knows spaces or queries.
 */
export { default as ConflictChoice } from './ConflictChoice.vue'
export { default as ConflictList } from './ConflictList.vue'
