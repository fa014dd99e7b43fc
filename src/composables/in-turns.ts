import { inSteps, systemClock } from 'segue/supabase'

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
  let result: Result | undefined
  try {
    await inSteps(systemClock, () => {
      if (isOver()) return false
      const step = steps.next()
      if (step.done) result = step.value
      else onProgress(step.value)
      return !step.done
    })
    return result
  } finally {
    steps.return(undefined)
  }
}
