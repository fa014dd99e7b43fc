import * as Y from 'yjs'

/**
 * Tries once more what a document holds back. Yjs does so only when something is integrated that it has waited for; two
 * updates that came one after the other and complete each other would wait for ever.
 */
export function retryWaiting(doc: Y.Doc, origin: unknown): void {
  const { pendingStructs } = doc.store
  if (!pendingStructs || tried.get(doc) === pendingStructs.update) return
  try {
    Y.applyUpdateV2(doc, pendingStructs.update, origin)
  } catch {
    // A broken update among them: Yjs drops what it cannot integrate, and those who brought it have reported it.
  }
  if (doc.store.pendingStructs) tried.set(doc, doc.store.pendingStructs.update)
}

/** What a document held back when it was last tried: as long as nothing is added to it, Yjs itself is enough. */
const tried = new WeakMap<Y.Doc, Uint8Array>()

/**
 * What a document holds back because it builds on updates that have not come, as an update; `undefined` when there is
 * nothing. Yjs tells nobody of it before it can be integrated: whoever keeps the document has to ask.
 */
export function waitingUpdate({ store }: Y.Doc): Uint8Array | undefined {
  const parts = [store.pendingStructs?.update, store.pendingDs].filter((part) => part instanceof Uint8Array)
  return parts.length > 0 ? Y.convertUpdateFormatV2ToV1(Y.mergeUpdatesV2(parts)) : undefined
}
