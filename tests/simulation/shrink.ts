import type { History } from './history.ts'
import { type MakeServer, simulate } from './simulate.ts'
import type { Violation } from './world.ts'

export interface Failure {
  readonly history: History
  readonly violations: readonly Violation[]
}

/** Finds a smaller history that fails, too: fewer steps, fewer devices, fairer weather. */
export async function shrink(history: History, makeServer?: MakeServer): Promise<Failure> {
  let best: Failure = { history, violations: (await simulate(history, makeServer)).violations }
  const accept = async (candidate: History): Promise<boolean> => {
    const { violations } = await simulate(candidate, makeServer)
    const wanted = classOf(best.violations)
    if (wanted === undefined || !violations.some((violation) => classOf([violation]) === wanted)) return false
    best = { history: candidate, violations }
    return true
  }
  let isSmaller = true
  while (isSmaller) {
    isSmaller = false
    for (const candidate of simpler(best.history)) {
      if (!(await accept(candidate))) continue
      isSmaller = true
      break
    }
  }
  return best
}

/** What kind of failure it is, without the names of this one. */
const classOf = ([first]: readonly Violation[]) =>
  first && `${first.kind} ${first.says.split('\n')[0]?.replace(/[0-9a-f-]{36}|[0-9.]+|\{.*$/g, '#')}`

function* simpler(history: History): Generator<History> {
  const { steps, devices } = history
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < steps.length; at += size) {
      yield { ...history, steps: [...steps.slice(0, at), ...steps.slice(at + size)] }
    }
  }
  for (let at = devices.length - 1; at >= 0 && devices.length > 1; at--) {
    yield { ...history, devices: devices.filter((_, index) => index !== at) }
  }
  if (history.libraries) yield { ...history, libraries: false }
  if (history.storminess > 0) yield { ...history, storminess: 0 }
  for (const [at, device] of devices.entries()) {
    if (device.tabs > 1) yield { ...history, devices: devices.with(at, { ...device, tabs: 1 }) }
  }
}
