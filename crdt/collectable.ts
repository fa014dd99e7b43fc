import * as Y from 'yjs'

/** Deepest nesting that Yjs may collect at once; ours is two. */
const MAX_DEPTH = 100

/**
 * Whether a deleted item may be garbage-collected: for `Y.Doc.gcFilter`.
 *
 * Yjs collects nested types by recursion, after the transaction. Somebody who sends maps nested thousands deep and
 * deletes them would overflow the stack there, and leave a document that never emits an update again. So deep items
 * stay until their inner parts, which are deleted with them, have been collected.
 */
export function isCollectable(item: Y.Item): boolean {
  if (!(item.content instanceof Y.ContentType)) return true
  let level = [item]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return false
    level = level.flatMap(({ content }) => (content instanceof Y.ContentType ? childrenOf(content.type) : []))
  }
  return true
}

function childrenOf(type: { readonly _start: Y.Item | null; readonly _map: Map<string, Y.Item> }): Y.Item[] {
  const children: Y.Item[] = []
  for (let item = type._start; item !== null; item = item.right) children.push(item)
  for (const last of type._map.values()) {
    for (let item: Y.Item | null = last; item !== null; item = item.left) children.push(item)
  }
  return children
}
