import { fromBase64, toBase64 } from 'lib0/buffer'
import type { Caret } from 'segue/supabase'
import * as Y from 'yjs'
import type { SharedText } from './text-binding.ts'

/** A stretch of a text as an editor counts it. */
export interface TextRange {
  readonly index: number
  readonly length: number
}

/** Where somebody is in a text, in a form that stays right while everybody types. */
export function caretAt(text: SharedText, { index, length }: TextRange): Caret {
  const place = (at: number) =>
    toBase64(Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, Math.min(at, text.length))))
  return { anchor: place(index), head: place(index + length) }
}

/** Where a caret is in this text now; `undefined` when it is in another, or makes no sense here. */
export function rangeOf(text: SharedText, { anchor, head }: Caret): TextRange | undefined {
  const [start, end] = [placeIn(text, anchor), placeIn(text, head)]
  if (start === undefined || end === undefined) return undefined
  return { index: Math.min(start, end), length: Math.abs(end - start) }
}

function placeIn(text: SharedText, place: string): number | undefined {
  if (!text.doc) return undefined
  try {
    const position = Y.decodeRelativePosition(fromBase64(place))
    // A place named by a root would make that root in the document: no text of a row has one.
    if (position.tname !== null) return undefined
    const found = Y.createAbsolutePositionFromRelativePosition(position, text.doc)
    return found?.type === text ? found.index : undefined
  } catch {
    // Bytes of a foreign program: whoever sent them is simply not shown.
    return undefined
  }
}
