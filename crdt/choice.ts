import type { Candidate } from './cells.ts'
import type { ConflictRule, ConflictStrategy } from './schema/index.ts'

/** The rule of a column, or else the device's own strategy where the column has none but the usual one. */
export const effectiveRule = (rule: ConflictRule, device: ConflictStrategy): ConflictRule =>
  rule === 'last-write-wins' ? device : rule

/**
 * What `local-wins` and `remote-wins` write over values that compete; nothing when what they want is read anyway.
 *
 * What a strategy has written is never contested in turn: against it the later one stands. So devices that want
 * opposite things agree after at most one answer of each.
 *
 * @param candidates  the latest first
 */
export function choiceOf(
  rule: ConflictRule,
  candidates: readonly Candidate[],
  isLocal: (candidate: Candidate) => boolean,
): Candidate | undefined {
  if (rule !== 'local-wins' && rule !== 'remote-wins') return undefined
  const local = candidates.filter(isLocal)
  const remote = candidates.filter((candidate) => !isLocal(candidate))
  if (local.length === 0 || remote.every(({ isResolution }) => isResolution)) return undefined
  const [wanted] = rule === 'local-wins' ? local : remote
  return wanted === candidates[0] ? undefined : wanted
}
