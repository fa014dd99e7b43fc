/**
 * Shared texts for editors: what they may look like, a binding of a text to an editor, and where people are in them.
 * Steps of an editor go in, steps for it come out, checked in both directions. It knows no editor and no DOM.
 */
export { caretAt, rangeOf, type TextRange } from './carets.ts'
export { readSteps, safeTextLink, type TextOp } from './marks.ts'
export { MAX_EDITOR_LENGTH, type SharedText, TextBinding, type TextSurface } from './text-binding.ts'
