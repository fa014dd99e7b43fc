import type * as Y from 'yjs'

/** Deepest nesting whose changes are reported; ours is two. */
const MAX_DEPTH = 100

/**
 * Lets Yjs report no changes of types that are nested very deep: for `beforeObserverCalls`.
 *
 * Yjs notes each changed type with every type around it. Somebody who nests maps ten thousand deep and then sets a key in
 * each makes it note fifty million; a little more, and it runs out of memory. The changes themselves are merged
 * like any other.
 */
export function reportNothingTooDeep(transaction: Y.Transaction): void {
  for (const type of transaction.changed.keys()) if (isTooDeep(type)) transaction.changed.delete(type)
}

function isTooDeep(type: { readonly _item: Y.Item | null }): boolean {
  let item = type._item
  for (let depth = 0; item !== null; depth++) {
    if (depth > MAX_DEPTH) return true
    // Between integration and garbage collection every parent is a type.
    item = item.parent !== null && '_item' in item.parent ? item.parent._item : null
  }
  return false
}
