/**
 * A playlist: its rows in order, adding, reordering, who is here, and with whom it is shared.
 * A space and its role flow in; edits go straight into the space, invites to the server.
 * Taking a tune off a list never deletes the tune.
 */
export { default as AddTuneBox } from './AddTuneBox.vue'
export { default as LostList } from './LostList.vue'
export { default as NameDialog } from './NameDialog.vue'
export { default as PeopleHere } from './PeopleHere.vue'
export { default as PlaylistCard } from './PlaylistCard.vue'
export { default as PlaylistRows } from './PlaylistRows.vue'
export { default as ReceivedInvites } from './ReceivedInvites.vue'
export { default as ShareDialog } from './ShareDialog.vue'
export { default as SpaceProblem } from './SpaceProblem.vue'
