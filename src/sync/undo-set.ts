import { type Space, type SpaceId, UndoHistory, type UndoResult, type UndoState } from 'segue/crdt'

/** Where what can be undone outlives a reload of the tab. */
export interface UndoMemory {
  read(id: SpaceId): UndoState | undefined
  write(id: SpaceId, state: UndoState): void
}

/** Nothing outlives anything: for programs without a tab. */
export const noUndoMemory: UndoMemory = { read: () => undefined, write: () => {} }

/** The tab's own session storage. What does not fit into it is forgotten with the next reload. */
export function tabUndoMemory(prefix: string): UndoMemory {
  const keyOf = (id: SpaceId) => `${prefix}/undo/${id}`
  return {
    read(id) {
      try {
        const text = sessionStorage.getItem(keyOf(id))
        const state: unknown = text === null ? undefined : JSON.parse(text, revived)
        return isState(state) ? state : undefined
      } catch {
        return undefined
      }
    },
    write(id, state) {
      try {
        sessionStorage.setItem(keyOf(id), JSON.stringify(state, told))
      } catch {
        // Blocked or full: undo works until the reload.
      }
    },
  }
}

/** What the person has done in this tab, over all spaces: the last thing first. */
export class UndoSet {
  readonly #memory: UndoMemory
  readonly #now: () => number
  readonly #onChange: () => void
  readonly #histories = new Map<SpaceId, { readonly space: Space; readonly history: UndoHistory }>()

  constructor(options: { memory: UndoMemory; now: () => number; onChange: () => void }) {
    this.#memory = options.memory
    this.#now = options.now
    this.#onChange = options.onChange
  }

  get canUndo(): boolean {
    return this.#last('undo') !== undefined
  }

  get canRedo(): boolean {
    return this.#last('redo') !== undefined
  }

  /** What {@link undo} would take back now: the same object for as long as nothing else is done. */
  get latest(): object | undefined {
    return this.#last('undo')?.state.undo.at(-1)
  }

  undo(): UndoResult | undefined {
    return this.#last('undo')?.undo()
  }

  redo(): UndoResult | undefined {
    return this.#last('redo')?.redo()
  }

  /** Follows these spaces from now on. One that has a new document keeps its history. */
  follow(spaces: readonly Space[]): void {
    const ids = new Set(spaces.map(({ id }) => id))
    for (const [id, { history }] of this.#histories) {
      if (ids.has(id)) continue
      history.destroy()
      this.#histories.delete(id)
    }
    for (const space of spaces) {
      const known = this.#histories.get(space.id)
      if (known?.space === space) continue
      known?.history.destroy()
      const state = known?.history.state ?? this.#memory.read(space.id)
      const history = new UndoHistory(space, { now: this.#now }, state)
      history.observe(() => {
        this.#memory.write(space.id, history.state)
        this.#onChange()
      })
      this.#histories.set(space.id, { space, history })
    }
  }

  destroy(): void {
    this.follow([])
  }

  #last(side: 'undo' | 'redo'): UndoHistory | undefined {
    let last: { at: number; history: UndoHistory } | undefined
    for (const { history } of this.#histories.values()) {
      const at = history.state[side].at(-1)?.at
      // What was taken back last is what was done first.
      const isNext = at !== undefined && (!last || (side === 'undo' ? at > last.at : at < last.at))
      if (isNext) last = { at, history }
    }
    return last?.history
  }
}

const BIG = '$bigint'

/** JSON has no numbers of 64 bits. */
const told = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? { [BIG]: String(value) } : value

const revived = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && BIG in value ? BigInt(String(value[BIG])) : value

function isState(value: unknown): value is UndoState {
  if (typeof value !== 'object' || value === null || !('undo' in value) || !('redo' in value)) return false
  return [value.undo, value.redo].every((steps) => Array.isArray(steps) && steps.every(isStep))
}

const isStep = (step: unknown): boolean =>
  typeof step === 'object' && step !== null && 'at' in step && 'edits' in step && Array.isArray(step.edits)
