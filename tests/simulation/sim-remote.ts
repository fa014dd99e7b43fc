import {
  type Channel,
  type ChannelListener,
  LogApi,
  RefusedError,
  type Remote,
  SignedOutError,
  TransportError,
} from 'segue/supabase'
import type { Chance } from './chance.ts'
import type { Owner, Scheduler } from './scheduler.ts'
import { type Args, type Caller, type Server, ServerRefusal } from './server.ts'
import type { SimRealtime } from './sim-realtime.ts'

/** How bad a network is: probabilities, and times in ms. */
export interface Weather {
  readonly latency: number
  /** A request never arrives; an answer never arrives. */
  readonly requestLost: number
  readonly answerLost: number
  /** A broadcast is lost, comes twice. */
  readonly broadcastLost: number
  readonly broadcastDoubled: number
  /** How long a join takes at most. */
  readonly join: number
}

export const FAIR: Weather = {
  ...{ latency: 60, requestLost: 0, answerLost: 0, broadcastLost: 0, broadcastDoubled: 0, join: 100 },
}

/** A device's way to the server, as far as it changes. */
export interface Line {
  readonly caller: Exclude<Caller, 'worker'>
  /** What the device believes of its network. */
  readonly online: boolean
  /** Until when requests get lost though the device believes that it is online; until when broadcasts do. */
  readonly httpCutUntil: number
  readonly realtimeCutUntil: number
  readonly signedIn: boolean
  readonly weather: Weather
}

export interface RemoteOptions {
  readonly scheduler: Scheduler
  readonly chance: Chance
  readonly server: Server
  readonly realtime: SimRealtime
  readonly tab: Owner
  readonly line: Line
  /** A function has taken effect on the server. */
  readonly onEffect: (caller: Caller, name: string, args: Args, answer: unknown) => void
  readonly onFault: () => void
}

/** How long a tab waits for an answer that does not come, in ms. */
const GIVE_UP_MS = 60_000

/** What a tab knows of the server: the real reader of answers over a bad line. */
export function simRemote(options: RemoteOptions): Remote {
  return {
    log: new LogApi((name, args = {}) => call(options, name, args)),
    openChannel: (topic: string, listener: ChannelListener): Channel => {
      const { realtime, tab, line, chance } = options
      return realtime.open({ topic, listener, tab, line, chance })
    },
  }
}

function call(options: RemoteOptions, name: string, args: Args): Promise<unknown> {
  const { scheduler, chance, server, tab, line, onEffect, onFault } = options
  const { weather } = line
  const later = (ms: number, run: () => unknown) => scheduler.after(ms, tab, run)
  return new Promise((resolve, reject) => {
    const fail = (ms: number, error: Error) => {
      onFault()
      later(ms, () => reject(error))
    }
    const lost = () => fail(chance.delay(10, GIVE_UP_MS), new TransportError('the line is dead'))
    if (!line.online) return fail(chance.delay(1, 50), new TransportError('offline'))
    if (!line.signedIn) return fail(chance.delay(1, 50), new SignedOutError())
    if (line.httpCutUntil > scheduler.now() || chance.happens(weather.requestLost)) return lost()
    const isAnswerLost = chance.happens(weather.answerLost)
    // Takes effect whether the tab lives on or not.
    scheduler.after(chance.delay(1, weather.latency), undefined, async () => {
      const outcome = await attempt(() => server.call(line.caller, name, args))
      if ('answer' in outcome) onEffect(line.caller, name, args, outcome.answer)
      if (isAnswerLost || line.httpCutUntil > scheduler.now()) return lost()
      later(chance.delay(1, weather.latency), () =>
        'answer' in outcome ? resolve(outcome.answer) : reject(outcome.error),
      )
    })
  })
}

type Outcome = { readonly answer: unknown } | { readonly error: Error }

async function attempt(run: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { answer: await run() }
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error
    return { error: new RefusedError(error.detail, error.message, error.hint, { cause: error }) }
  }
}
