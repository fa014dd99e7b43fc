import * as Y from 'yjs'
import { type Decoded, references, type Units } from './authorship.ts'

/** Units that the update at an index has inserted. */
interface Claim {
  readonly from: number
  readonly to: number
  readonly index: number
}

/**
 * The order in which some updates can be taken in one by one, as indexes: each after those that it builds on, and
 * otherwise as they come.
 */
export function causalOrder(updates: readonly Uint8Array[]): number[] {
  const decoded = updates.map(decode)
  const claims = claimsOf(decoded)
  function* neededBy(index: number): Generator<number> {
    const update = decoded[index]
    if (update) for (const reference of references(update)) yield* claimants(claims, reference)
  }
  const order: number[] = []
  const seen = new Set<number>()
  for (const first of updates.keys()) {
    // A path instead of recursion: a long time offline makes a long chain.
    const path = seen.has(first) ? [] : [{ index: first, needed: neededBy(first) }]
    seen.add(first)
    for (let last = path.at(-1); last; last = path.at(-1)) {
      const next = last.needed.next()
      if (next.done) {
        order.push(last.index)
        path.pop()
      } else if (!seen.has(next.value)) {
        seen.add(next.value)
        path.push({ index: next.value, needed: neededBy(next.value) })
      }
    }
  }
  return order
}

/** What cannot be read builds on nothing: whoever takes it in refuses it. */
function decode(update: Uint8Array): Decoded {
  try {
    return Y.decodeUpdate(update)
  } catch {
    return { structs: [], ds: Y.createDeleteSet() }
  }
}

/** What has been inserted by which update, by client and in the order of clocks. */
function claimsOf(updates: readonly Decoded[]): Map<number, Claim[]> {
  const claims = new Map<number, Claim[]>()
  for (const [index, { structs }] of updates.entries()) {
    for (const struct of structs) {
      if (struct instanceof Y.Skip) continue
      const { client, clock } = struct.id
      const known = claims.get(client) ?? []
      const last = known.at(-1)
      const to = clock + struct.length
      if (last?.index === index && last.to === clock) known[known.length - 1] = { ...last, to }
      else known.push({ from: clock, to, index })
      claims.set(client, known)
    }
  }
  for (const known of claims.values()) known.sort((a, b) => a.from - b.from)
  return claims
}

function* claimants(claims: ReadonlyMap<number, Claim[]>, [client, clock, length]: Units): Generator<number> {
  const known = claims.get(client) ?? []
  let [low, high] = [0, known.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((known[middle]?.from ?? 0) <= clock) low = middle + 1
    else high = middle
  }
  for (let at = Math.max(0, low - 1); at < known.length; at++) {
    const claim = known[at]
    if (!claim || claim.from >= clock + length) return
    if (claim.to > clock) yield claim.index
  }
}
