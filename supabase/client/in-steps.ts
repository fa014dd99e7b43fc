import type { Clock } from './clock.ts'

/** For so long the thread is kept, in ms: less than a frame. */
export const TURN_MS = 12

/**
 * Does work a step at a time, some of them in a turn: between the turns the thread is free for others.
 *
 * @param next  does the next step, and says whether there is more
 */
export async function inSteps(clock: Clock, next: () => boolean): Promise<void> {
  let since = clock.now()
  while (next()) {
    if (clock.now() - since < TURN_MS) continue
    await new Promise<void>((resolve) => clock.after(0, resolve))
    since = clock.now()
  }
}
