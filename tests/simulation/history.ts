import { Chance } from './chance.ts'

/** Something that happens. `pick` decides which tab, person and so on it happens to. */
export interface Step {
  readonly do: keyof typeof WEIGHTS
  /** After the step before, in ms. */
  readonly gap: number
  readonly pick: number
  /** How long it lasts, in ms; how many. */
  readonly much: number
}

export interface DevicePlan {
  readonly person: number
  readonly newer: boolean
  readonly tabs: number
}

/** A plan for a whole world. Everything that chance adds comes from `seed`. */
export interface History {
  readonly seed: number
  readonly people: number
  readonly devices: readonly DevicePlan[]
  /** From 0, fair, to 1. */
  readonly storminess: number
  /** The worker begins epochs, where it would otherwise only write snapshots and purge. */
  readonly epochs: boolean
  /** Everybody has a library beside what they share. */
  readonly libraries: boolean
  readonly steps: readonly Step[]
}

/** How often what happens. */
const WEIGHTS = {
  edit: 60,
  'open tab': 6,
  'close tab': 3,
  'crash tab': 7,
  'crash device': 3,
  'lose power': 2,
  offline: 6,
  'cut http': 4,
  'cut realtime': 4,
  'fill disk': 2,
  'move clock': 3,
  'sign out': 3,
  'freeze tab': 3,
  kick: 4,
  role: 4,
  'remove member': 2,
  invite: 4,
  compact: 7,
  'new playlist': 1,
  discard: 1,
  sync: 3,
} as const

const KINDS = Object.keys(WEIGHTS) as (keyof typeof WEIGHTS)[]
const TOTAL = Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0)

/** Draws a history. */
export function drawHistory(seed: number): History {
  const chance = new Chance(seed).fork('history')
  const people = 1 + chance.below(4)
  const epochs = chance.happens(0.4)
  const devices = Array.from(
    { length: Math.max(people, 2 + chance.below(chance.happens(0.2) ? 7 : 3)) },
    (_, index) => ({
      person: index < people ? index : chance.below(people),
      newer: chance.happens(0.5),
      tabs: epochs ? 1 : 1 + chance.below(3),
    }),
  )
  const steps = Array.from({ length: 8 + chance.below(40) }, () => drawStep(chance))
  const storminess = chance.happens(0.3) ? 0 : chance.next()
  return { seed, people, devices, storminess, epochs, libraries: chance.happens(0.25), steps }
}

function drawStep(chance: Chance): Step {
  let at = chance.below(TOTAL)
  let kind: keyof typeof WEIGHTS = 'edit'
  for (const candidate of KINDS) {
    if (at < WEIGHTS[candidate]) {
      kind = candidate
      break
    }
    at -= WEIGHTS[candidate]
  }
  return {
    do: kind,
    gap: Math.round(chance.delay(0, chance.happens(0.1) ? 40_000 : 3_000)),
    pick: chance.below(2 ** 31),
    much: Math.round(chance.delay(10, 60_000)),
  }
}
