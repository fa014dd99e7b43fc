import { Segue, type SegueOptions } from 'segue/vue'
import { afterEach, beforeEach } from 'vitest'
import { browserDevice, type Device } from '../../src/sync/device/index.ts'
import { newBrowser } from './device.ts'
import { sql } from './mirrors.ts'
import { sampleSchema, thing } from './sample-schema.ts'

export interface OpenOptions extends Partial<Omit<SegueOptions, 'device' | 'profile' | 'sql'>> {
  /** What of the device is otherwise than in a browser. */
  readonly change?: (device: Device) => Device
}

let people = 0

/** Somebody without an account and with a new browser, another one for each test of a file. Images are made on demand. */
export class Person {
  profile = ''
  readonly #opened: Segue[] = []

  constructor() {
    beforeEach(() => {
      newBrowser()
      this.profile = `person ${++people}`
    })
    afterEach(async () => {
      await Promise.all(this.#opened.splice(0).map((segue) => segue.destroy()))
    })
  }

  /** Opens what the browser has of them. */
  async open({ change = (device) => device, ...options }: OpenOptions = {}): Promise<Segue> {
    const segue = await Segue.open({
      ...{ schema: sampleSchema, profile: this.profile, sql, imageQuietMs: 3_600_000 },
      ...options,
      device: (onHealth) => change(browserDevice('test', this.profile, onHealth)),
    })
    this.#opened.push(segue)
    return segue
  }

  get images(): Device['images'] {
    return browserDevice('test', this.profile, () => {}).images
  }
}

/** The names of all things in a mirror, sorted. */
export const namesIn = ({ db }: Segue): string[] =>
  db
    .select({ name: thing.name })
    .from(thing)
    .orderBy(thing.name)
    .all()
    .map(({ name }) => name)
