import type { Clock } from 'segue/supabase'

/**
 * Does work a step at a time: between the steps the thread is free for others.
 *
 * @param next  does the next step, and says whether there is more
 */
export async function inSteps(clock: Clock, next: () => boolean): Promise<void> {
  while (next()) await new Promise<void>((resolve) => clock.after(0, resolve))
}
