/**
 * The editor of shared texts: Quill, cut down to what a note needs and tied to the text through `segue/vue`.
 * A text and the carets of others flow in, edits flow into the text, the selection and its look flow out.
 * It is loaded when there is a text to edit, and never knows where the text comes from.
 */
export { type Look, TextEditor } from './text-editor.ts'
