import { describe, expect, it } from 'vitest'
import {
  ACTORS,
  type Actor,
  FUNCTION_PROMISES,
  type Promised,
  TABLE_PROMISES,
  TOPIC_PROMISES,
} from './promises.ts'
import { type Scene, tryFunction, tryTable, tryTopic } from './scene.ts'

type Try = (scene: Scene, subject: string, action: string, actor: Actor) => Promise<string>

/** The promises, kept by whatever backend the scene is on. Their order matters: earlier lines make rows for later ones. */
export function policyContract(scene: () => Scene): void {
  const keeps = (promises: readonly Promised[], attempt: Try) =>
    it.each(promises.map((promise) => ({ ...promise, name: `${promise.subject} ${promise.action}` })))(
      '$name',
      async ({ subject, action, verdicts }) => {
        const found: Record<string, string> = {}
        for (const actor of ACTORS) found[actor] = await attempt(scene(), subject, action, actor)
        expect(found).toEqual(verdicts)
      },
    )

  describe('tables', () => void keeps(TABLE_PROMISES, tryTable))
  describe('functions', () =>
    void keeps(FUNCTION_PROMISES, (on, name, _call, actor) => tryFunction(on, name, actor)))
  describe('topics', () => void keeps(TOPIC_PROMISES, tryTopic))
}
