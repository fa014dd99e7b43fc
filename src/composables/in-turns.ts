/** Ms of work until the page gets its turn. */
const TURN = 12

/**
 * Takes the steps of a piece of work, and lets the page breathe between them. What is done within one turn is done when
 * this returns.
 *
 * @param isOver  whether nobody waits for it any more
 * @returns       nothing when it was over before its end
 */
export async function inTurns<Progress, Result>(
  steps: Generator<Progress, Result | undefined>,
  onProgress: (progress: Progress) => void,
  isOver: () => boolean,
): Promise<Result | undefined> {
  try {
    let start = performance.now()
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) return step.value
      onProgress(step.value)
      if (performance.now() - start < TURN) continue
      await new Promise((resolve) => setTimeout(resolve))
      if (isOver()) return undefined
      start = performance.now()
    }
  } finally {
    steps.return(undefined)
  }
}
