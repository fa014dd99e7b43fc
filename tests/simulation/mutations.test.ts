import './seeded-process.ts'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DeviceSpaceStore } from '../../src/sync/device/device-store.ts'
import { Outbox } from '../../src/sync/device/outbox.ts'
import { StoredUpdates } from '../../src/sync/device/stored-updates.ts'
import { drawHistory, type History } from './history.ts'
import { ModelServer } from './model-server.ts'
import { type PlainPage, packed } from './model-tables.ts'
import { type Args, type Caller, ServerRefusal } from './server.ts'
import { type MakeServer, simulate } from './simulate.ts'

const PATIENCE = 400
const EMPTY_UPDATE = 'AAA='

/** Lives through histories until one goes wrong. @returns what went wrong in it */
async function firstViolations(makeServer?: MakeServer, isMeant = (_: History) => true): Promise<string[]> {
  for (let seed = 1; seed <= PATIENCE; seed++) {
    const history = drawHistory(seed)
    if (!isMeant(history)) continue
    const { violations } = await simulate(history, makeServer)
    if (violations.length > 0) return violations.map(({ kind, says }) => `${kind}: ${says}`)
  }
  return []
}

/** Acknowledges one update in ten without keeping it. */
class ForgetfulServer extends ModelServer {
  #pushed = 0

  override call(caller: Caller, name: string, args: Args): Promise<unknown> {
    if (name !== 'push_updates') return super.call(caller, name, args)
    const updates = (args.p_updates as { n: number; update: string }[]).map((entry) =>
      ++this.#pushed % 10 === 0 ? { ...entry, update: EMPTY_UPDATE } : entry,
    )
    return super.call(caller, name, { ...args, p_updates: updates })
  }
}

/** Lets everybody write as if they were the owner. */
class LenientServer extends ModelServer {
  readonly #owners = new Map<unknown, Caller>()

  override async call(caller: Caller, name: string, args: Args): Promise<unknown> {
    if (name === 'create_space') this.#owners.set(args.p_id, caller)
    try {
      return await super.call(caller, name, args)
    } catch (error) {
      const owner = this.#owners.get(args.p_space)
      if (name !== 'push_updates' || !owner || !(error instanceof ServerRefusal)) throw error
      return super.call(owner, name, args)
    }
  }
}

/** Takes updates of an old epoch into the new one. */
class TimelessServer extends ModelServer {
  readonly #epochs = new Map<unknown, number>()

  override async call(caller: Caller, name: string, args: Args): Promise<unknown> {
    const epoch = this.#epochs.get(args.p_space)
    const isPush = name === 'push_updates' && epoch !== undefined
    const answer = await super.call(caller, name, isPush ? { ...args, p_epoch: epoch } : args)
    if (name === 'begin_epoch' && answer !== null) this.#epochs.set(args.p_space, Number(answer))
    return answer
  }
}

/** Answers a reading of the log without its last entry, and says that this was all. */
class HastyServer extends ModelServer {
  override async call(caller: Caller, name: string, args: Args): Promise<unknown> {
    if (name !== 'pull_log') return super.call(caller, name, args)
    const page = (await super.call(caller, 'pull_updates', args)) as PlainPage
    const { updates } = page
    return packed({ ...page, updates: updates.length > 1 ? updates.toSpliced(-2, 1) : updates })
  }
}

describe('the simulation notices', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('a server that forgets what it has acknowledged', async () => {
    const found = await firstViolations((now) => new ForgetfulServer(now))
    expect(found.join('\n')).toMatch(/^(lost|diverged): /m)
  }, 120_000)

  it('a server that lets a viewer write', async () => {
    const found = await firstViolations((now) => new LenientServer(now))
    expect(found.join('\n')).toMatch(/(viewer|nobody) has written/)
  }, 120_000)

  it('a server that takes updates of an old epoch', async () => {
    expect(
      await firstViolations(
        (now) => new TimelessServer(now),
        ({ epochs }) => epochs,
      ),
    ).not.toEqual([])
  }, 120_000)

  it('a server whose log has holes for readers', async () => {
    expect(await firstViolations((now) => new HastyServer(now))).not.toEqual([])
  }, 120_000)

  it('an outbox that drops an edit', async () => {
    const { append } = Outbox.prototype
    let edits = 0
    vi.spyOn(Outbox.prototype, 'append').mockImplementation(function (this: Outbox, update) {
      return ++edits % 10 === 0 ? [] : append.call(this, update)
    })
    expect((await firstViolations()).join('\n')).toMatch(/^(lost|diverged): /m)
  }, 120_000)

  it('a start that overlooks what waits in the outbox', async () => {
    const { load } = Outbox.prototype
    vi.spyOn(Outbox.prototype, 'load').mockImplementation(function (this: Outbox, entries) {
      load.call(this, entries.slice(1))
    })
    // Otherwise it is found there later.
    vi.spyOn(DeviceSpaceStore.prototype, 'collect').mockResolvedValue()
    expect(await firstViolations()).not.toEqual([])
  }, 120_000)

  it('an image that is trusted whatever has been stored since', async () => {
    vi.spyOn(StoredUpdates.prototype, 'judge').mockImplementation(function (
      this: StoredUpdates,
      { updateKeys },
      mark,
    ) {
      this.mark = { ...mark, keys: updateKeys }
      return []
    })
    expect((await firstViolations()).join('\n')).toMatch(/the mirror of .* is wrong/)
  }, 120_000)
})
