import type { SpaceResult } from './compact.ts'

/** What was done to a space, and what somebody should look at, each in a line. */
export function summaryOf(result: SpaceResult): string[] {
  const { space } = result
  if (result.state === 'failed') {
    const { error } = result
    return [
      `Space ${space} could not be compacted: ${error instanceof Error ? error.message : String(error)}`,
    ]
  }
  const { document, entriesPurged } = result
  const done = [`${entriesPurged} updates purged`]
  if (document) {
    const { entriesMerged, bytesBefore, bytesAfter, epochStarted } = document
    done.unshift(`${entriesMerged} updates merged`)
    if (epochStarted !== undefined)
      done.push(`epoch ${epochStarted} begun, ${bytesBefore} → ${bytesAfter} bytes`)
  }
  return [
    `Space ${space}: ${done.join(', ')}.`,
    ...(document?.poisoned ?? []).map(
      ({ seq, client, n, reason }) => `Space ${space}, update ${seq} (number ${n} of ${client}): ${reason}`,
    ),
  ]
}
