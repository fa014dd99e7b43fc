/**
 * One tune and what belongs to it: facts, tags, notes, references, the lists it stands on.
 * A space and a tune's id flow in; edits go straight into the space.
 * A tune that may not be edited is shown without its edit controls.
 */
export { default as NoteList } from './NoteList.vue'
export { default as OnPlaylists } from './OnPlaylists.vue'
export { default as OwnVersion } from './OwnVersion.vue'
export { default as ReferenceList } from './ReferenceList.vue'
export { default as TagEditor } from './TagEditor.vue'
export { default as TuneFacts } from './TuneFacts.vue'
